using System.Text;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>Rows as psql shows them.</summary>
internal static class RowsTable
{
    private const int MaxColumnWidth = 60;

    public static void Write(TextWriter writer, RowsReturned rows)
    {
        if (rows.Columns.Length == 1)
        {
            WriteSingle(writer, rows);
            return;
        }

        var widths = rows.Columns.Select((column, i) =>
            Math.Min(MaxColumnWidth, rows.Rows.Select(row => Cell(row[i]).Length).Append(column.Length).Max())).ToArray();
        writer.WriteLine(Line(rows.Columns.Select((column, i) => column.PadRight(widths[i]))));
        writer.WriteLine(string.Join("-+-", widths.Select(width => new string('-', width))));
        foreach (var row in rows.Rows)
            writer.WriteLine(Line(row.Select((value, i) => Cell(value).PadRight(widths[i]))));
        WriteCount(writer, rows);
    }

    /// <summary>One column, as EXPLAIN has it: its lines are worth keeping whole.</summary>
    private static void WriteSingle(TextWriter writer, RowsReturned rows)
    {
        writer.WriteLine(rows.Columns[0]);
        writer.WriteLine(new string('-', Math.Min(80, rows.Rows.Select(row => (row[0] ?? "").Length).Append(rows.Columns[0].Length).Max())));
        foreach (var row in rows.Rows)
            writer.WriteLine(row[0] ?? "");
        WriteCount(writer, rows);
    }

    private static string Line(IEnumerable<string> cells) => string.Join(" | ", cells).TrimEnd();

    private static string Cell(string? value)
    {
        var text = new StringBuilder(value ?? "").Replace("\r", "").Replace('\n', ' ').ToString();
        return text.Length <= MaxColumnWidth ? text : text[..(MaxColumnWidth - 1)] + "…";
    }

    private static void WriteCount(TextWriter writer, RowsReturned rows) => writer.WriteLine(
        rows.RowCount > rows.Rows.Length ? $"({rows.RowCount} rows, the first {rows.Rows.Length} shown)"
        : rows.RowCount == 1 ? "(1 row)"
        : $"({rows.RowCount} rows)");
}
