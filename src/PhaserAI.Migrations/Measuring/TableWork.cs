namespace PhaserAI.Migrations.Measuring;

/// <summary>What a statement did to a table or an index that was there before.</summary>
/// <param name="Relation">Its name, with the schema unless that is public.</param>
/// <param name="Table">For an index, its table; else null.</param>
/// <param name="Rows">About how many rows it had before the transaction.</param>
/// <param name="Bytes">Its size before the transaction, without indexes and TOAST.</param>
public sealed record TableWork(string Relation, string? Table, long Rows, long Bytes)
{
    /// <summary>Whether it has a new file: every row was written again, or TRUNCATE has emptied it.</summary>
    public bool IsRewritten { get; init; }

    /// <summary>How often it was begun to be read from its beginning; by each process of a parallel scan once.</summary>
    public long Scans { get; init; }

    /// <summary>How many rows were read that way.</summary>
    public long RowsRead { get; init; }

    /// <summary>How many times all of it was read, in sum.</summary>
    public long FullReads => Rows == 0 ? 0 : (RowsRead + Rows / 10) / Rows;

    /// <summary>Rows added.</summary>
    public long Inserted { get; init; }

    /// <summary>Rows changed.</summary>
    public long Updated { get; init; }

    /// <summary>Rows removed; TRUNCATE does not count them.</summary>
    public long Deleted { get; init; }

    /// <summary>Rows added, changed or removed.</summary>
    public long Changed => Inserted + Updated + Deleted;
}
