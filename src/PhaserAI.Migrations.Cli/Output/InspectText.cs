namespace PhaserAI.Migrations.Cli.Output;

/// <summary>How a file is read: header, sections, statements, steps.</summary>
internal static class InspectText
{
    public static void Write(TextWriter writer, Style style, InspectedFile file)
    {
        writer.WriteLine(style.Bold(file.File));
        foreach (var (key, value) in file.Header.Fields)
            writer.WriteLine($"  {style.Dim(key + ":")} {value}");
        Write(writer, style, file.File, "UP", file.Up);
        if (file.Down is { } down)
            Write(writer, style, file.File, "DOWN", down);
        else
            writer.WriteLine($"  {style.Blue("DOWN")}: none, this script can't be taken back");
    }

    private static void Write(TextWriter writer, Style style, string file, string name, IReadOnlyList<InspectedStatement> statements)
    {
        writer.WriteLine($"  {style.Blue(name)}: {(statements.Count == 1 ? "1 statement" : $"{statements.Count} statements")}");
        foreach (var statement in statements)
        {
            var where = statement.Transaction is { } number ? $"transaction {number}" : "autocommit";
            var line = statement.File == file ? $"line {statement.Line}" : $"{statement.File}:{statement.Line}";
            writer.WriteLine(style.Dim($"    {line}, {where}"));
            foreach (var part in statement.Sql.Split('\n'))
                writer.WriteLine($"      {part.TrimEnd('\r')}");
            PlanText.WriteData(writer, style, statement.DataLines);
        }
    }
}
