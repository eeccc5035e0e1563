using System.Globalization;
using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.History;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>What the server is.</summary>
internal static class ServerCheck
{
    private const int Oldest = 14;
    private static readonly TimeSpan ClocksMayDiffer = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Soon = TimeSpan.FromDays(120);

    /// <summary>When the last release of a major version comes: https://www.postgresql.org/support/versioning/.</summary>
    private static readonly Dictionary<int, DateTime> LastRelease = new()
    {
        [14] = new(2026, 11, 12, 0, 0, 0, DateTimeKind.Utc),
        [15] = new(2027, 11, 11, 0, 0, 0, DateTimeKind.Utc),
        [16] = new(2028, 11, 9, 0, 0, 0, DateTimeKind.Utc),
        [17] = new(2029, 11, 8, 0, 0, 0, DateTimeKind.Utc),
        [18] = new(2030, 11, 14, 0, 0, 0, DateTimeKind.Utc),
    };

    public static Task<IReadOnlyList<Finding>> VersionAsync(Examination of, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Finding>>([Judge(of.Connection!.PostgreSqlVersion, of.Host.TimeProvider.GetUtcNow().UtcDateTime)]);

    /// <summary>What to say of a version at a time.</summary>
    public static Finding Judge(Version version, DateTime now)
    {
        var (name, newest) = ($"PostgreSQL {version.Major}.{version.Minor}", LastRelease.Keys.Max());
        if (version.Major < Oldest)
            return Finding.Problem($"{name} is too old for this tool, which is tested on {Oldest} to {newest}", "Upgrade the server.");
        if (!LastRelease.TryGetValue(version.Major, out var last))
            return Finding.Warning($"{name} is newer than what this tool is tested on, {Oldest} to {newest}", "See whether there is a newer version of the tool, and try your migrations on a copy first: rehearse.");
        var date = last.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return last < now ? Finding.Warning($"{name} gets no more corrections since {date}", "Plan the upgrade to a newer major version.")
            : last - now < Soon ? Finding.Warning($"{name} gets its last corrections on {date}", "Plan the upgrade to a newer major version.")
            : Finding.Ok($"{name}, corrected until {date}");
    }

    public static async Task<IReadOnlyList<Finding>> PoolerAsync(Examination of, CancellationToken cancellationToken)
    {
        var (pid, address) = (await ServerQuestion.AskAsync(
            of, "select pg_backend_pid(), host(inet_server_addr()) || ':' || inet_server_port()", row => (row.GetInt32(0), row.GetText(1)), cancellationToken))[0];
        return pid == of.Connection!.ProcessID
            ? [Finding.Ok("none is between")]
            : [Finding.Warning(
                "a connection pooler is between: it works, but CONCURRENTLY and whatever else can't run in a transaction is refused",
                $"Where you can, connect to the server itself{(address is null ? "" : $" ({address}, as the pooler sees it)")}: DB_HOST and DB_PORT.")];
    }

    public static async Task<IReadOnlyList<Finding>> WritableAsync(Examination of, CancellationToken cancellationToken)
    {
        var (isStandby, isReadOnly) = (await ServerQuestion.AskAsync(
            of, "select pg_is_in_recovery(), current_setting('default_transaction_read_only') = 'on'", row => (row.GetBoolean(0), row.GetBoolean(1)), cancellationToken))[0];
        if (isStandby)
            return [Finding.Problem("the server is a standby: status works there, but up can't write", "Set DB_HOST to the primary's endpoint.")];
        return isReadOnly
            ? [Finding.Problem("default_transaction_read_only is on: up can't write", $"Turn it off: ALTER ROLE {HistorySchema.Quote(of.Connection!.UserName!)} RESET default_transaction_read_only; or where it is set else (database, server, PGOPTIONS).")]
            : [Finding.Ok("it is no standby, and not read-only")];
    }

    public static async Task<IReadOnlyList<Finding>> EncodingAsync(Examination of, CancellationToken cancellationToken)
    {
        var encoding = (await ServerQuestion.AskAsync(of, "select current_setting('server_encoding')", row => row.GetString(0), cancellationToken))[0];
        return encoding == "UTF8"
            ? [Finding.Ok(encoding)]
            : [Finding.Warning(
                encoding == "SQL_ASCII" ? "SQL_ASCII: the database does not know which characters its bytes are" : $"{encoding}: the server refuses characters that it does not have",
                $"Move to a database in UTF8: createdb -E UTF8 -T template0 {of.Address!.Database}_utf8")];
    }

    /// <summary>The history's times are the server's, the names of new migrations this machine's; tokens and certificates are only good at their time.</summary>
    public static async Task<IReadOnlyList<Finding>> ClockAsync(Examination of, CancellationToken cancellationToken)
    {
        var before = of.Host.TimeProvider.GetUtcNow();
        var server = (await ServerQuestion.AskAsync(of, "select clock_timestamp()", row => row.GetTime(0)!.Value, cancellationToken))[0];
        var after = of.Host.TimeProvider.GetUtcNow();
        var difference = server < before ? before - server : server > after ? server - after : TimeSpan.Zero;
        if (difference < ClocksMayDiffer)
            return [Finding.Ok("this machine's and the server's agree")];
        var seconds = difference.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        return [Finding.Warning(
            $"this machine's clock is {seconds} s {(server < before ? "ahead of" : "behind")} the server's: new migrations get a version of another time, and logins with tokens fail",
            "Let both keep the time with NTP; here: timedatectl set-ntp true")];
    }
}
