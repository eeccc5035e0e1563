using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>Timeouts of the server that change what a run does.</summary>
internal static class TimeoutsCheck
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken)
    {
        // Their unit is the millisecond.
        var settings = await ServerQuestion.AskAsync(
            of, "select name::text, reset_val::bigint, source::text from pg_settings where name in ('deadlock_timeout', 'statement_timeout')",
            row => (Name: row.GetString(0), Time: TimeSpan.FromMilliseconds(row.GetInt64(1)), Source: row.GetString(2)), cancellationToken);
        var (deadlock, statement) = (settings.Find(setting => setting.Name == "deadlock_timeout").Time, settings.Find(setting => setting.Name == "statement_timeout"));
        var ours = of.Options!.LockTimeout;
        var findings = new List<Finding>();
        if (ours > TimeSpan.Zero && ours <= deadlock)
            findings.Add(Finding.Warning($"{KnownSettings.LockTimeout.Name} is {TextReporter.Duration(ours)}, and the server's deadlock_timeout {TextReporter.Duration(deadlock)}: an autovacuum never gives way to a migration", $"Set {KnownSettings.LockTimeout.Name} above it: {KnownSettings.LockTimeout.Default}"));
        if (statement.Time > TimeSpan.Zero)
            findings.Add(Finding.Warning($"statement_timeout is {TextReporter.Duration(statement.Time)} for this user: a longer statement of a migration is cancelled", "Write into scripts that need longer: -- Statement-Timeout: 1h; or ALTER ROLE … SET statement_timeout = 0."));
        return findings.Count > 0 ? findings : [Finding.Ok($"an attempt waits {TextReporter.Duration(ours)} for a lock, longer than deadlock_timeout ({TextReporter.Duration(deadlock)}); no statement_timeout")];
    }
}
