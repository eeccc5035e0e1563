using System.Globalization;

namespace PhaserAI.Migrations;

/// <summary>Data that a statement of a plan destroys, as far as its text and the catalog say before it runs.</summary>
/// <param name="Version">The migration.</param>
/// <param name="Kind">How.</param>
/// <param name="ObjectType"><c>table</c>, <c>materialized view</c>, <c>column</c>, <c>sequence</c> or <c>database</c>.</param>
/// <param name="ObjectName">Its name, with its schema unless the search_path leads there; of a column <c>table.column</c>.</param>
public sealed record DataLoss(string Version, DataLossKind Kind, string ObjectType, string ObjectName)
{
    /// <summary>How many rows hold what is lost; null when it can't be told.</summary>
    public long? Rows { get; init; }

    /// <summary>Whether <see cref="Rows"/> is what the server's planner expects; else they were counted.</summary>
    public bool IsEstimate { get; init; }

    /// <summary>The size on disk of what goes as a whole, with its indexes; null for parts.</summary>
    public long? Bytes { get; init; }

    /// <summary>Whether what depends on it goes too: CASCADE, or a foreign key that cascades.</summary>
    public bool Cascades { get; init; }

    /// <summary>Where the statement stands.</summary>
    public string File { get; init; } = "";

    /// <summary>The 1-based line of the statement.</summary>
    public int Line { get; init; }

    /// <summary>As a sentence's end: <c>destroys table words, 1,200 rows, 96 kB</c>.</summary>
    public override string ToString()
    {
        var rows = Rows switch
        {
            null => null,
            { } count when IsEstimate => $"about {Number(Rounded(count))} {(count == 1 ? "row" : "rows")}",
            1 => "1 row",
            { } count => $"{Number(count)} rows",
        };
        var dependents = Cascades ? ", and what depends on it" : "";
        var size = $"{(rows is null ? ObjectType is "sequence" or "database" ? "" : ", whose rows could not be counted" : $", {rows}")}{(Bytes is { } bytes ? $", {Size(bytes)}" : "")}{dependents}";
        return Kind switch
        {
            DataLossKind.Drop => $"destroys {ObjectType} {ObjectName}{size}",
            DataLossKind.Empty => $"empties {ObjectType} {ObjectName}{size}",
            DataLossKind.Delete => $"deletes {rows ?? "rows"} of {ObjectType} {ObjectName}{dependents}",
            _ => $"overwrites values in {rows ?? "all rows"} of {ObjectType} {ObjectName}",
        };
    }

    /// <summary>Two digits: an estimate that shows more claims to be more.</summary>
    private static long Rounded(long count)
    {
        var unit = 1L;
        while (count / unit >= 100)
            unit *= 10;
        return (long)Math.Round((double)count / unit) * unit;
    }

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Size(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} bytes",
        < 10L << 20 => $"{Number(bytes >> 10)} kB",
        < 10L << 30 => $"{Number(bytes >> 20)} MB",
        _ => $"{Number(bytes >> 30)} GB",
    };
}
