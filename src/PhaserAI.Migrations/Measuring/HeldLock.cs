namespace PhaserAI.Migrations.Measuring;

/// <summary>A lock that a statement took on a relation that others could see before.</summary>
/// <param name="Relation">Its name, with the schema unless that is public.</param>
/// <param name="Table">For an index, its table: who reads or writes that needs the index too; else null.</param>
/// <param name="Mode">How strong it is.</param>
/// <param name="Held">From the statement's beginning to its transaction's end; outside of a transaction as long as it was seen, at most.</param>
public sealed record HeldLock(string Relation, string? Table, LockMode Mode, TimeSpan Held)
{
    /// <summary>Whether others could not even read.</summary>
    public bool KeepsReadersOut => Mode is LockMode.AccessExclusive;

    /// <summary>Whether others could not write.</summary>
    public bool KeepsWritersOut => Mode >= LockMode.Share;
}
