using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>A plan: each migration, its steps, each statement.</summary>
internal static class PlanText
{
    public static void Write(TextWriter writer, Style style, MigrationPlan plan, TargetInfo? target)
    {
        var verb = plan.Direction is MigrationDirection.Up ? "apply" : "roll back";
        writer.WriteLine(plan.Migrations.IsEmpty
            ? $"Nothing to {verb} on {target}."
            : style.Bold($"Would {verb} {TextReporter.Count(plan.Migrations.Length)} on {target}:"));
        foreach (var migration in plan.Migrations)
        {
            writer.WriteLine();
            writer.WriteLine($"{style.Bold(migration.FileName)}  {style.Dim(migration.Description)}");
            if (migration.FromStoredText)
                writer.WriteLine("  the file is gone: the DOWN stored when it was applied is used");
            foreach (var loss in plan.Destroys.Where(loss => loss.Version == migration.Version))
                writer.WriteLine($"  {style.Yellow(Printable.Of(loss.ToString()))}  {style.Dim($"{loss.File}:{loss.Line}")}");
            foreach (var step in migration.Steps)
                Write(writer, style, migration, step);
        }

        foreach (var skipped in plan.Skipped)
            writer.WriteLine(style.Dim($"Skipped: {skipped.FileName}, which is only for {string.Join(", ", skipped.Environments)}."));
    }

    private static void Write(TextWriter writer, Style style, PlannedMigration migration, PlannedStep step)
    {
        var kind = step.Kind is StepKind.Transaction
            ? $"transaction{(step.BeginOptions.Length > 0 ? " " + step.BeginOptions : "")}"
            : "autocommit, outside any transaction";
        var done = step.Number <= migration.FinishedSteps ? style.Green(", done already") : "";
        writer.WriteLine($"  {style.Blue($"step {step.Number}: {kind}")}{done}");
        foreach (var statement in step.Statements)
        {
            writer.WriteLine(style.Dim($"    {statement.File}:{statement.Line}"));
            foreach (var line in SecretMask.Apply(statement.Sql, out _).Split('\n'))
                writer.WriteLine($"      {line.TrimEnd('\r')}");
            WriteData(writer, style, statement.DataLines);
        }
    }

    /// <summary>What stands for the data of COPY, which may be any number of lines.</summary>
    public static void WriteData(TextWriter writer, Style style, long lines)
    {
        if (lines > 0)
            writer.WriteLine(style.Dim($"      … {(lines == 1 ? "1 line" : $"{lines} lines")} of data"));
    }
}
