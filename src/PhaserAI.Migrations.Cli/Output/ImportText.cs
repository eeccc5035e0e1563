using System.Globalization;
using PhaserAI.Migrations.Imports;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>What <c>import</c> takes over.</summary>
internal static class ImportText
{
    /// <param name="writer">Where to.</param>
    /// <param name="style">In which colours.</param>
    /// <param name="plan">What of.</param>
    /// <param name="target">The database.</param>
    /// <param name="verb">The sentence's beginning: <c>Imported</c>, <c>Would import</c>.</param>
    public static void Write(TextWriter writer, Style style, ImportPlan plan, TargetInfo? target, string verb)
    {
        var tool = NameOf(plan.Tool);
        if (plan.IsDone)
        {
            writer.WriteLine($"Nothing to do: what {tool} has applied to {target} is imported already.");
            WriteSkipped(writer, style, plan);
            return;
        }

        ImportedMigration[] changed = [.. plan.Migrations.Where(migration => migration.IsRecorded || migration.IsWritten)];
        writer.WriteLine(style.Bold($"{verb} {TextReporter.Count(changed.Length)} of {tool}, table {Printable.Of(plan.Table!)}, into the history of {target}; nothing is run:"));
        var width = changed.Select(migration => Name(migration).Length).DefaultIfEmpty().Max();
        var hasTimes = changed.Any(migration => migration.AppliedAt is not null);
        foreach (var migration in changed)
        {
            var state = migration.IsApplied ? style.Green("applied") : style.Yellow("pending");
            var at = migration.AppliedAt is { } time ? time.UtcDateTime.ToString(" yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : hasTimes ? new string(' ', " yyyy-MM-dd HH:mm:ss".Length) : "";
            var note = migration.IsStub ? style.Yellow("  (no SQL)")
                : !migration.IsWritten ? style.Dim("  (the file is there)")
                : !migration.IsRecorded && migration.IsApplied ? style.Dim("  (recorded already)")
                : "";
            writer.WriteLine($"  {state}{at}  {Name(migration).PadRight(width)} -> {Printable.Of(migration.FileName)}{note}");
        }

        if (plan.Migrations.Length > changed.Length)
            writer.WriteLine(style.Dim($"  {TextReporter.Count(plan.Migrations.Length - changed.Length)} imported before"));
        WriteSkipped(writer, style, plan);
        if (plan.RenamedTo is { } renamed)
            writer.WriteLine($"{Printable.Of(plan.Table!)} is renamed to {Printable.Of(renamed)}, and {tool} can't go on with this database.");
        writer.WriteLine(plan.RemovedFiles.IsEmpty
            ? $"The files of {tool} stay as they are."
            : $"{plan.RemovedFiles.Length} {(plan.RemovedFiles.Length == 1 ? "file of " : "files of ")}{tool} {(plan.RemovedFiles.Length == 1 ? "is" : "are")} deleted: {Printable.Of(string.Join(", ", plan.RemovedFiles.Take(5)))}{(plan.RemovedFiles.Length > 5 ? ", …" : "")}.");
    }

    public static string NameOf(ImportTool tool) => tool switch
    {
        ImportTool.Flyway => "Flyway",
        ImportTool.Dbmate => "dbmate",
        _ => "EF Core",
    };

    private static string Name(ImportedMigration migration) => Printable.Of(migration.SourceFile is { } file ? Path.GetFileName(file) : migration.Source);

    private static void WriteSkipped(TextWriter writer, Style style, ImportPlan plan)
    {
        foreach (var skip in plan.Skipped)
            writer.WriteLine($"  {style.Dim("skipped")}  {Printable.Of(skip.Name)}: {skip.Why}");
    }
}
