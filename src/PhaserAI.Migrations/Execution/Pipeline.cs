using System.Collections.Immutable;
using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// Sends ordinary migrations several at a time, each in its own BEGIN … COMMIT with its record, and one Sync at the end.
/// On an error, also one at COMMIT, the server skips everything up to the Sync (measured on 14–18): what came before stays
/// committed, the failing migration is rolled back, and the later ones never run.
/// </summary>
internal sealed class Pipeline(NpgsqlConnection connection, TransactionFrame frame, MigrationOptions options)
{
    private const int MaxMigrations = 256;
    private const int MaxBytes = 1024 * 1024;

    // The server holds its answers back while it is busy, so that a long batch shows no progress; and what is sent is
    // committed even when the runner is killed.
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(250);

    private int _size = 1;
    private int _batches;

    /// <summary>Which of the migrations sent last are committed.</summary>
    public CommittedMigrations Committed { get; private set; } = new();

    /// <summary>How many migrations from <paramref name="first"/> on go out together now; 0 when that one has to go alone.</summary>
    public int Take(ImmutableArray<PlannedMigration> migrations, int first)
    {
        var count = 0;
        for (long bytes = 0; count < _size && first + count < migrations.Length && SizeOf(migrations[first + count]) is { } size; count++)
        {
            bytes += size;
            if (bytes > MaxBytes)
                break;
        }

        return count;
    }

    /// <summary>Sends some migrations and waits until the last of them is committed.</summary>
    /// <param name="migrations">Those that <see cref="Take"/> has named.</param>
    /// <param name="advanced">Called when more of them may be <see cref="Committed"/>.</param>
    /// <param name="cancellationToken">Cancels the statement that runs; what is committed stays.</param>
    /// <exception cref="StatementFailedException">The server refused a statement of the first that is not committed.</exception>
    public async Task SendAsync(ReadOnlyMemory<PlannedMigration> migrations, Action advanced, CancellationToken cancellationToken)
    {
        var started = options.TimeProvider.GetTimestamp();
        var batch = new StatementBatch(connection);
        Committed = batch.Committed;
        await using (batch.ConfigureAwait(false))
        {
            var begin = new StatementOrigin(migrations.Span[0].Runs[0].Text, 0, null);
            var record = migrations.Length > 1 && frame.MayPrepare ? $"phaserai_record_{++_batches}" : null;
            if (record is not null)
                frame.PrepareRecord(batch, record, begin);
            foreach (var migration in migrations.Span)
            {
                var step = migration.Runs[0];
                frame.Open(batch, migration, step);
                foreach (var statement in step.Statements)
                    batch.Add(step.Text, statement);
                frame.CloseMigration(batch, migration, new StatementOrigin(step.Text, step.CommitOffset, null), elapsedMs: 0, record);
            }

            if (record is not null)
                batch.Add(SessionReset.Deallocate, begin);

            await batch.SendAsync(advanced, cancellationToken).ConfigureAwait(false);
        }

        var took = options.TimeProvider.GetElapsedTime(started);
        if (took < Quick)
            _size = Math.Min(_size * 2, MaxMigrations);
        else if (took > Slow)
            _size = Math.Max(1, migrations.Length / 2);
    }

    /// <summary>Whether a migration failed only because its script has undone what records it: the prepared statement, or the tables of a DOWN.</summary>
    public static bool HasLostRecord(StatementFailedException failure) => failure is
    {
        Origin.IsHistory: true, Refusal.SqlState: PostgresErrorCodes.InvalidSqlStatementName or PostgresErrorCodes.UndefinedTable,
    };

    /// <summary>The bytes of an ordinary migration: one transaction, nothing of it done yet, nothing in it that needs an answer at once.</summary>
    private static int? SizeOf(PlannedMigration migration)
    {
        if (migration is not { Runs: [{ Kind: StepKind.Transaction } step], FinishedSteps: 0, HasCheckpoints: false })
            return null;
        foreach (var statement in step.Statements)
        {
            if (LoneStatement.Is(statement))
                return null;
        }

        var text = step.Text.Bytes[step.Statements[0].Start..step.Statements[^1].End];
        return MentionsPrepared(text) ? null : text.Length;
    }

    /// <summary>
    /// Whether a script may prepare statements, or forget the one that records it: then it does not go together with others. What a
    /// function does unseen ends with the batch, and a record that is gone is made anew by the step executor.
    /// </summary>
    private static bool MentionsPrepared(ReadOnlySpan<byte> text) =>
        text.IndexOf("repare"u8) >= 0 || text.IndexOf("REPARE"u8) >= 0 || text.IndexOf("eallocate"u8) >= 0 || text.IndexOf("EALLOCATE"u8) >= 0
        || text.IndexOf("iscard"u8) >= 0 || text.IndexOf("ISCARD"u8) >= 0;
}
