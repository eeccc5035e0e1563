using System.Globalization;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>The table of <c>status</c> and its summary line.</summary>
internal static class StatusTable
{
    /// <param name="writer">Where to.</param>
    /// <param name="style">In which colours.</param>
    /// <param name="status">What of.</param>
    /// <param name="commandName">How the tool is called.</param>
    /// <param name="maxRows">More rows than that are cut: the oldest applied migrations are left out.</param>
    public static void Write(TextWriter writer, Style style, MigrationStatus status, string commandName, int maxRows)
    {
        var leftOut = Math.Min(
            status.Migrations.Length - maxRows, status.Migrations.TakeWhile(migration => migration.State is MigrationState.Applied).Count());
        if (status.Migrations.Length > 0)
            writer.WriteLine(style.Dim($"  {"VERSION",-15}  {"STATE",-7}  {"APPLIED (UTC)",-19}  {"TIME",9}  MIGRATION"));
        if (leftOut > 0)
            writer.WriteLine(style.Dim($"  … {TextReporter.Count(leftOut)} applied before"));
        foreach (var migration in status.Migrations.Skip(leftOut))
        {
            var applied = migration.AppliedAt is { } at ? at.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : "";
            var time = migration.ExecutionTime is { } duration ? TextReporter.Duration(duration) : "";
            var name = migration.FileName is { } file ? Path.GetFileNameWithoutExtension(file)[(migration.Version.Length + 1)..] : $"{migration.Description} (file missing)".TrimStart();
            var partial = migration.State is MigrationState.Partial ? style.Yellow($" ({migration.FinishedSteps} {(migration.FinishedSteps == 1 ? "step" : "steps")} done)") : "";
            var skipped = migration.State is MigrationState.Skipped ? style.Dim($" (only for {string.Join(", ", migration.Environments ?? [])})") : "";
            writer.WriteLine($"  {migration.Version,-15}  {Paint(style, migration.State, TextReporter.Word(migration).PadRight(7))}  {applied,-19}  {time,9}  {name}{partial}{skipped}");
        }

        writer.WriteLine(status.Migrations.IsEmpty ? Empty(commandName) : Summary(status));
    }

    public static string Empty(string commandName) => $"There are no migrations yet. Make the first one: {commandName} new NAME";

    public static string Paint(Style style, MigrationState state, string text) => state switch
    {
        MigrationState.Applied => style.Green(text),
        MigrationState.Pending => style.Yellow(text),
        MigrationState.Skipped => style.Dim(text),
        _ => style.Red(text),
    };

    private static string Summary(MigrationStatus status)
    {
        var summary = $"{status.Count(MigrationState.Applied)} applied, {status.Count(MigrationState.Pending)} pending";
        foreach (var state in (ReadOnlySpan<MigrationState>)[MigrationState.Changed, MigrationState.Missing, MigrationState.Partial, MigrationState.Skipped])
        {
            if (status.Count(state) > 0)
                summary += $", {status.Count(state)} {state.ToString().ToLowerInvariant()}";
        }

        return summary;
    }
}
