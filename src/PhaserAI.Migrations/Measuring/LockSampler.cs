using System.Globalization;
using Npgsql;

namespace PhaserAI.Migrations.Measuring;

/// <summary>
/// Looks again and again from a second connection which locks a session holds: a statement outside of any transaction has let
/// go of them before its own session could ask. What comes and goes between two looks is not seen.
/// </summary>
internal sealed class LockSampler(NpgsqlConnection second, int process, TimeProvider clock)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    // Each of a statement's transactions has a number of its own: a lock that is taken anew in each is not held all the time.
    private readonly Dictionary<(long Oid, LockMode Mode, string Transaction), long> _seen = [];
    private readonly Dictionary<(long Oid, LockMode Mode), TimeSpan> _held = [];

    /// <summary>Runs something, and looks meanwhile; the longest time that each lock was held without a pause, at most.</summary>
    public async Task<IReadOnlyDictionary<(long Oid, LockMode Mode), TimeSpan>> RunAsync(Func<Task> work)
    {
        var before = clock.GetTimestamp();
        using var end = new CancellationTokenSource();
        var working = work();
        for (var pause = FirstPause; !working.IsCompleted; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            before = await LookAsync(before).ConfigureAwait(false);
            await Task.WhenAny(working, Task.Delay(pause, clock, end.Token)).ConfigureAwait(false);
        }

        await end.CancelAsync().ConfigureAwait(false);
        await working.ConfigureAwait(false);
        Close(_ => true, clock.GetTimestamp());
        return _held;
    }

    /// <summary>What is seen now was there since the look before, at most; what is not any more, until now.</summary>
    private async Task<long> LookAsync(long before)
    {
        var sql = $"""
            select l.relation::bigint, l.mode, l.virtualtransaction
              from pg_catalog.pg_locks l
             where l.pid = {process.ToString(CultureInfo.InvariantCulture)} and l.granted and l.locktype = 'relation' and l.mode <> 'AccessShareLock'
               and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
            """;
        var found = new HashSet<(long, LockMode, string)>();
        var command = new NpgsqlCommand(sql, second);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false))
                {
                    if (SessionState.ModeOf(reader.GetString(1)) is { } mode)
                        found.Add((reader.GetInt64(0), mode, reader.GetString(2)));
                }
            }
        }

        var now = clock.GetTimestamp();
        Close(key => !found.Contains(key), now);
        foreach (var key in found)
            _seen.TryAdd(key, before);
        return now;
    }

    private void Close(Func<(long Oid, LockMode Mode, string Transaction), bool> isGone, long now)
    {
        foreach (var key in _seen.Keys.Where(isGone).ToArray())
        {
            var held = clock.GetElapsedTime(_seen[key], now);
            if (held > _held.GetValueOrDefault((key.Oid, key.Mode)))
                _held[(key.Oid, key.Mode)] = held;
            _seen.Remove(key);
        }
    }
}
