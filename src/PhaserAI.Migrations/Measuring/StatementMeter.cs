using System.Collections.Immutable;
using Npgsql;
using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Measuring;

/// <summary>
/// Measures the statements of a run from within its own session. Each question stands between two statements, so they go one
/// by one. Meant for a copy that nobody else works on.
/// </summary>
/// <param name="openAsync">Opens a second connection to the same database.</param>
/// <param name="clock">The clock.</param>
internal sealed class StatementMeter(Func<CancellationToken, Task<NpgsqlConnection>> openAsync, TimeProvider clock) : IAsyncDisposable
{
    private const int LongestText = 10_000;
    private static readonly TimeSpan PublishedAfter = TimeSpan.FromMilliseconds(600);

    private readonly List<(MeasuredStatement Statement, long Began, TimeSpan Asked)> _open = [];
    private readonly List<MeasuredStatement> _done = [];
    private Dictionary<long, Relation> _relations = [];
    private SessionState? _before;
    private NpgsqlConnection? _second;
    private TimeSpan _asked;
    private int _unasked;
    private long _began;

    /// <summary>What has been measured in transactions that have come to their end, in order, and what the asking took; afterwards there is nothing.</summary>
    public (ImmutableArray<MeasuredStatement> Statements, TimeSpan Asked) Take()
    {
        var taken = (_done.ToImmutableArray(), _asked);
        _done.Clear();
        _asked = TimeSpan.Zero;
        return taken;
    }

    /// <summary>A transaction has begun; what an earlier attempt of it has measured is forgotten.</summary>
    public async Task BeginAsync(NpgsqlConnection connection, Step step, CancellationToken cancellationToken)
    {
        _open.Clear();
        _before = null;
        // Between BEGIN and SET TRANSACTION no question may be asked; behind another statement, that can't set anything of weight any more.
        _unasked = step.Statements.TakeWhile(statement => statement.Kind is StatementKind.SetTransaction || statement.Command == "SET")
            .Select((statement, index) => statement.Kind is StatementKind.SetTransaction ? index + 1 : 0).DefaultIfEmpty().Max();
        if (_unasked == 0)
            await AskAsync(connection, cancellationToken).ConfigureAwait(false);
        _began = clock.GetTimestamp();
    }

    /// <summary>The next statement of the transaction has run.</summary>
    public async Task MeasureAsync(NpgsqlConnection connection, SourceText text, SqlStatement statement, CancellationToken cancellationToken)
    {
        var (began, asked) = (_began, _asked);
        var measured = Describe(text, statement, StepKind.Transaction, clock.GetElapsedTime(began));
        var asking = clock.GetTimestamp();
        if (_before is { } before)
        {
            _before = await SessionState.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            measured = measured with
            {
                WalBytes = _before.Wal - before.Wal,
                Locks = ToLocks(_before.Locks.Except(before.Locks).Select(taken => (taken.Oid, taken.Mode, Held: TimeSpan.Zero))),
                Tables = ToWork(before, _before),
            };
            foreach (var (oid, fileNode) in _before.FileNodes)
            {
                if (_relations.TryGetValue(oid, out var relation))
                    _relations[oid] = relation with { FileNode = fileNode };
            }
        }

        _asked += clock.GetElapsedTime(asking);
        _open.Add((measured, began, asked));
        if (_before is null && --_unasked == 0)
            await AskAsync(connection, cancellationToken).ConfigureAwait(false);
        _began = clock.GetTimestamp();
    }

    /// <summary>The transaction is committed, and its locks are gone.</summary>
    public void End()
    {
        var now = clock.GetTimestamp();
        foreach (var (statement, began, asked) in _open)
            _done.Add(statement with { Locks = [.. statement.Locks.Select(held => held with { Held = clock.GetElapsedTime(began, now) - (_asked - asked) })] });
        _open.Clear();
    }

    /// <summary>Runs a statement outside of any transaction.</summary>
    public async Task RunAsync(NpgsqlConnection connection, SourceText text, SqlStatement statement, Func<Task> run, CancellationToken cancellationToken)
    {
        _second ??= await openAsync(cancellationToken).ConfigureAwait(false);
        await AwaitCountsAsync(connection, cancellationToken).ConfigureAwait(false);
        await AskAsync(connection, cancellationToken).ConfigureAwait(false);
        var before = _before!;
        var began = clock.GetTimestamp();
        var took = TimeSpan.Zero;
        var held = await new LockSampler(_second, connection.ProcessID, clock).RunAsync(async () =>
        {
            await run().ConfigureAwait(false);
            took = clock.GetElapsedTime(began);
        }).ConfigureAwait(false);

        await AwaitCountsAsync(connection, cancellationToken).ConfigureAwait(false);
        var asking = clock.GetTimestamp();
        var after = await SessionState.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        foreach (var (oid, relation) in await SessionState.ReadRelationsAsync(connection, cancellationToken).ConfigureAwait(false))
            after.FileNodes[_relations.ContainsKey(oid) ? oid : SameIndex(relation) ?? oid] = relation.FileNode;
        _asked += clock.GetElapsedTime(asking);
        _done.Add(Describe(text, statement, StepKind.Autocommit, took) with
        {
            WalBytes = after.Wal - before.Wal,
            Locks = ToLocks(held.Select(taken => (taken.Key.Oid, taken.Key.Mode, taken.Value))),
            Tables = ToWork(before, after),
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (_second is not null)
            await _second.DisposeAsync().ConfigureAwait(false);
    }

    private async Task AskAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var asking = clock.GetTimestamp();
        _relations = await SessionState.ReadRelationsAsync(connection, cancellationToken).ConfigureAwait(false);
        _before = await SessionState.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        _asked += clock.GetElapsedTime(asking);
    }

    /// <summary>
    /// PostgreSQL 14 publishes what a session has counted half a second after the last time at the earliest, with the next command, and
    /// shows what is up to half a second old (PGSTAT_STAT_INTERVAL in its pgstat.c).
    /// </summary>
    private async Task AwaitCountsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (connection.PostgreSqlVersion.Major > 14)
            return;
        var asking = clock.GetTimestamp();
        for (var i = 0; i < 2; i++)
        {
            await Task.Delay(PublishedAfter, clock, cancellationToken).ConfigureAwait(false);
            await SessionState.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        }

        _asked += clock.GetElapsedTime(asking);
    }

    /// <summary>REINDEX CONCURRENTLY makes another index, which gets the name.</summary>
    private long? SameIndex(Relation built) => built.Table is null ? null
        : _relations.Where(known => known.Value.Name == built.Name).Select(known => (long?)known.Key).FirstOrDefault();

    /// <summary>What the transaction has made itself nobody else waits for, so it is left out.</summary>
    private ImmutableArray<HeldLock> ToLocks(IEnumerable<(long Oid, LockMode Mode, TimeSpan Held)> taken) =>
    [
        .. taken.Where(one => _relations.ContainsKey(one.Oid)).GroupBy(one => one.Oid).Select(locks => locks.MaxBy(one => one.Mode))
            .Select(one => new HeldLock(_relations[one.Oid].Name, _relations[one.Oid].Table, one.Mode, one.Held))
            .OrderByDescending(held => held.Mode).ThenBy(held => held.Table is not null).ThenBy(held => held.Relation, StringComparer.Ordinal),
    ];

    private ImmutableArray<TableWork> ToWork(SessionState before, SessionState after) =>
    [
        .. _relations.Select(known => ToWork(known.Key, known.Value, before, after))
            .Where(work => work.IsRewritten || work.Scans > 0 || work.Changed > 0)
            .OrderBy(work => work.Table is not null).ThenByDescending(work => work.Rows).ThenBy(work => work.Relation, StringComparer.Ordinal),
    ];

    private static TableWork ToWork(long oid, Relation relation, SessionState before, SessionState after)
    {
        var was = before.Counts.GetValueOrDefault(oid);
        var now = after.Counts.GetValueOrDefault(oid, was);
        var fileNode = after.FileNodes.GetValueOrDefault(oid, relation.FileNode);
        return new TableWork(relation.Name, relation.Table, relation.Rows, relation.Bytes)
        {
            IsRewritten = fileNode != relation.FileNode && fileNode != 0,
            Scans = Math.Max(0, now.Scans - was.Scans),
            RowsRead = Math.Max(0, now.RowsRead - was.RowsRead),
            Inserted = Math.Max(0, now.Inserted - was.Inserted),
            Updated = Math.Max(0, now.Updated - was.Updated),
            Deleted = Math.Max(0, now.Deleted - was.Deleted), // TRUNCATE takes back what the transaction has counted
        };
    }

    private static MeasuredStatement Describe(SourceText text, SqlStatement statement, StepKind kind, TimeSpan took)
    {
        var place = text.GetPlace(statement.Start);
        var sql = SecretMask.Apply(text.GetString(statement.Start, statement.Length), out _);
        return new MeasuredStatement(sql.Length > LongestText ? sql[..LongestText] + "…" : sql, statement.Command, place.File, place.Line, kind, took);
    }
}
