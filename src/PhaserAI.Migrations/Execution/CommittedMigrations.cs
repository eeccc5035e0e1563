using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// Which migrations of a batch are committed, known while the batch is still being answered: the server answers in order,
/// and Npgsql notes the kind of a statement when it is done.
/// </summary>
internal sealed class CommittedMigrations
{
    private readonly List<NpgsqlBatchCommand> _commits = [];
    private readonly List<int> _recordedMs = [];
    private int _settled;

    public int Count
    {
        get
        {
            var count = _settled;
            while (count < _recordedMs.Count && _commits[count - _settled].StatementType is not StatementType.Unknown)
                count++;
            return count;
        }
    }

    /// <summary>What a committed migration took, as its record says.</summary>
    public TimeSpan DurationOf(int index) => TimeSpan.FromMilliseconds(_recordedMs[index]);

    /// <summary>A COMMIT is going to be sent.</summary>
    public void Expect(NpgsqlBatchCommand commit) => _commits.Add(commit);

    /// <summary>The record of the next migration was written; its COMMIT follows.</summary>
    public void Recorded(int milliseconds) => _recordedMs.Add(milliseconds);

    /// <summary>Everything sent so far succeeded.</summary>
    public void Settle()
    {
        _settled = _recordedMs.Count;
        _commits.Clear();
    }
}
