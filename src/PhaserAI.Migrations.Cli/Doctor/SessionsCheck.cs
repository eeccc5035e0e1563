using System.Globalization;
using Npgsql;
using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.Execution;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>Other sessions: how many more there may be, and which ones would keep a migration waiting.</summary>
internal static class SessionsCheck
{
    /// <summary>A run has one session, looks for blockers from a second one, and makes a backup with a third.</summary>
    private const int SessionsOfRun = 3;

    public static async Task<IReadOnlyList<Finding>> ConnectionsAsync(Examination of, CancellationToken cancellationToken)
    {
        // A superuser may take those that are reserved; with -1 there is no limit of the role's or the database's own. Of other users' sessions
        // their kind is not shown to everybody, their database is.
        var (free, limit, what) = (await ServerQuestion.AskAsync(
            of,
            """
            with limits as (
              select current_setting('max_connections')::int - case when r.rolsuper then 0 else current_setting('superuser_reserved_connections')::int
                       + coalesce(current_setting('reserved_connections', true), '0')::int end as of_server,
                     case when r.rolsuper then -1 else r.rolconnlimit end as of_role, case when r.rolsuper then -1 else d.datconnlimit end as of_database
                from pg_roles r, pg_database d where r.rolname = session_user and d.datname = current_database()),
            used as (
              select count(*) as of_server, count(*) filter (where usename = session_user) as of_role, count(*) filter (where datname = current_database()) as of_database
                from pg_stat_activity where datid is not null)
            select (l.of_server - u.of_server)::int, l.of_server, 'max_connections of the server' from limits l, used u
            union all select (l.of_role - u.of_role)::int, l.of_role, 'the connection limit of the role' from limits l, used u where l.of_role >= 0
            union all select (l.of_database - u.of_database)::int, l.of_database, 'the connection limit of the database' from limits l, used u where l.of_database >= 0
            order by 1 limit 1
            """,
            row => (row.GetInt32(0), row.GetInt32(1), row.GetString(2)),
            cancellationToken))[0];
        // The own session is used already, and goes when doctor ends.
        return free + 1 < SessionsOfRun
            ? [Finding.Warning($"only {Math.Max(0, free)} more of {limit}: {what}", $"End sessions that are idle, or raise it: a run takes up to {SessionsOfRun}.")]
            : [Finding.Ok($"{free} more of {limit} ({what})")];
    }

    public static async Task<IReadOnlyList<Finding>> TransactionsAsync(Examination of, CancellationToken cancellationToken)
    {
        var (attempt, budget) = (of.Options!.LockTimeout, of.Options.RetryBudget);
        var found = await ServerQuestion.AskAsync(
            of,
            """
            select a.pid, a.usename::text, nullif(a.application_name, '')::text, host(a.client_addr)::text, a.xact_start, a.state::text, nullif(a.query, '<insufficient privilege>')::text,
                   extract(epoch from clock_timestamp() - a.xact_start)::float8
              from pg_stat_activity a
             where a.datname = current_database() and a.pid <> pg_backend_pid() and a.backend_type = 'client backend'
               and (a.state like 'idle in transaction%' and clock_timestamp() - a.state_change > $1 * interval '1 s' or clock_timestamp() - a.xact_start > $2 * interval '1 s')
             order by a.xact_start
            """,
            row => (Holder: new LockHolder(row.GetInt32(0), row.GetText(1), row.GetText(2), row.GetText(3), row.GetTime(4), row.GetText(5)) { Query = Blockers.Show(row.GetText(6)) }, Seconds: row.GetDouble(7)),
            cancellationToken,
            new NpgsqlParameter<double> { TypedValue = attempt.TotalSeconds },
            new NpgsqlParameter<double> { TypedValue = budget.TotalSeconds });
        var isHidden = !(await ServerQuestion.AskAsync(of, "select pg_has_role('pg_read_all_stats', 'USAGE')", row => row.GetBoolean(0), cancellationToken))[0];
        var hidden = isHidden ? $"; those of other users are not shown to {of.Connection!.UserName} (GRANT pg_read_all_stats)" : "";
        return found.Count == 0
            ? [Finding.Ok($"none open for long{hidden}")]
            : Finding.Few([.. found.Select(open => ToFinding(open.Holder, open.Seconds))], "SELECT * FROM pg_stat_activity WHERE xact_start IS NOT NULL; shows all.");
    }

    public static async Task<IReadOnlyList<Finding>> PreparedAsync(Examination of, CancellationToken cancellationToken)
    {
        var found = await ServerQuestion.AskAsync(
            of,
            "select gid::text, owner::text, prepared from pg_prepared_xacts where database = current_database() order by prepared",
            row => (Gid: row.GetString(0), Owner: row.GetString(1), At: row.GetTime(2)),
            cancellationToken);
        return found.Count == 0
            ? [Finding.Ok("no prepared transaction")]
            : Finding.Few(
                [.. found.Select(transaction => Finding.Warning(
                    string.Create(CultureInfo.InvariantCulture, $"the transaction {Printable.Of(transaction.Gid)} of {transaction.Owner} is prepared since {transaction.At:yyyy-MM-dd HH:mm:ss}Z and keeps its locks until somebody ends it"),
                    $"End it: COMMIT PREPARED '{Printable.Of(transaction.Gid)}'; or ROLLBACK PREPARED '{Printable.Of(transaction.Gid)}';"))],
                "SELECT * FROM pg_prepared_xacts; shows all.");
    }

    private static Finding ToFinding(LockHolder holder, double seconds)
    {
        var duration = TextReporter.Duration(TimeSpan.FromSeconds(Math.Max(0, seconds)));
        return holder.State?.StartsWith("idle", StringComparison.Ordinal) is true
            ? Finding.Warning($"a session does nothing in an open transaction of {duration}, and may keep tables locked: {RunText.Holder(holder)}", $"Let its program commit, or end it: SELECT pg_terminate_backend({holder.ProcessId});")
            : Finding.Warning($"a transaction is open for {duration}, and may keep tables locked: {RunText.Holder(holder)}", $"Wait for its end, or cancel its statement: SELECT pg_cancel_backend({holder.ProcessId});");
    }
}
