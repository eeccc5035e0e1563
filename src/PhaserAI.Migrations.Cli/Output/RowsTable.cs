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
            Math.Min(MaxColumnWidth, rows.Rows.Select(row => TerminalWidth.Of(Cell(row[i]))).Append(TerminalWidth.Of(column)).Max())).ToArray();
        writer.WriteLine(Line(rows.Columns.Select((column, i) => TerminalWidth.Pad(TerminalWidth.Cut(column, MaxColumnWidth), widths[i]))));
        writer.WriteLine(string.Join("-+-", widths.Select(width => new string('-', width))));
        foreach (var row in rows.Rows)
            writer.WriteLine(Line(row.Select((value, i) => TerminalWidth.Pad(Cell(value), widths[i]))));
        WriteCount(writer, rows);
    }

    /// <summary>One column, as EXPLAIN has it: its lines are worth keeping whole.</summary>
    private static void WriteSingle(TextWriter writer, RowsReturned rows)
    {
        writer.WriteLine(rows.Columns[0]);
        writer.WriteLine(new string('-', Math.Min(80, rows.Rows.Select(row => TerminalWidth.Of(row[0] ?? "")).Append(TerminalWidth.Of(rows.Columns[0])).Max())));
        foreach (var row in rows.Rows)
            writer.WriteLine(Printable.Of(row[0] ?? ""));
        WriteCount(writer, rows);
    }

    private static string Line(IEnumerable<string> cells) => string.Join(" | ", cells).TrimEnd();

    private static string Cell(string? value)
    {
        // Of a long value only what may be shown is looked at.
        var start = value is { Length: > MaxColumnWidth * 4 } ? value[..(MaxColumnWidth * 4)] : value;
        return TerminalWidth.Cut(Printable.Of(new StringBuilder(start ?? "").Replace("\r", "").Replace('\n', ' ').ToString()), MaxColumnWidth);
    }

    private static void WriteCount(TextWriter writer, RowsReturned rows) => writer.WriteLine(
        rows.RowCount > rows.Rows.Length ? $"({rows.RowCount} rows, the first {rows.Rows.Length} shown)"
        : rows.RowCount == 1 ? "(1 row)"
        : $"({rows.RowCount} rows)");
}
