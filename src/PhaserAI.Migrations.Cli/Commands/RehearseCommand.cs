using System.CommandLine;
using PhaserAI.Migrations.Cli.Settings;
using PhaserAI.Migrations.Rehearsals;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>rehearse [version]</c>.</summary>
internal static class RehearseCommand
{
    private static readonly TimeSpan LongestLock = TimeSpan.FromSeconds(1);

    public static Command Create(CommandLine line)
    {
        var version = Versions.Argument("Rehearse up to and including this version; without it, everything pending.");
        var from = new Option<string?>("--from") { Description = "Copy this backup, by its name, its file or latest, and not the database.", HelpName = "BACKUP" };
        var on = new Option<string?>("--on")
        {
            Description = $"Where the copy is made: dev (the embedded server; the default unless {KnownSettings.RehearseDatabaseUrl.Name} is set), source (the database's own server), or postgres://user@host, without a password.",
            HelpName = "SERVER",
        };
        var maxLock = new Option<string?>("--max-lock") { Description = "A lock that keeps readers or writers out for longer than that is a finding: 500ms, 1s (the default), 1min.", HelpName = "DURATION" };
        var command = new Command("rehearse", "Try pending migrations on a copy: times, locks, rewrites; then down and up again. The copy is dropped.") { version, from, on, maxLock };
        line.Handle(
            command,
            async (call, cancellationToken) =>
            {
                var target = Versions.Read(call, version);
                var longest = ReadDuration(call.Parsed.GetValue(maxLock));
                var server = call.Parsed.GetValue(on);
                RehearsalServer.Check(call, server);
                var backups = await call.BackupsAsync("rehearse", cancellationToken);
                var options = new RehearsalOptions
                {
                    Migrations = call.Settings.ToOptions(call.Host) with { ConnectionString = backups.ConnectionString, Login = backups.Login },
                    ServerLogin = server is "source" ? backups.Login : null,
                    ServerConnectionString = await RehearsalServer.FindAsync(call, server, backups.ConnectionString, cancellationToken),
                    Backups = backups,
                    Backup = call.Parsed.GetValue(from) is { } backup ? await BackupContents.FindAsync(call, backup, backups.Store, null, cancellationToken) : null,
                    Target = target,
                };
                var report = await new Rehearsal(options, call.Reporter).RunAsync(cancellationToken);
                call.Reporter.Rehearsed(report, longest);
                return CodeOf(report, longest);
            },
            new("rehearse", "All that is pending, on a copy in the embedded server."),
            new("rehearse --from latest", "On a copy of the newest backup: nothing is asked of production."),
            new("rehearse --on source", "On a copy beside the database itself."));
        return command;
    }

    private static int CodeOf(RehearsalReport report, TimeSpan longest)
    {
        MigrationReport?[] failed = [report.Failed, report.DownFailed, report.UpAgainFailed];
        if (!report.Plan.Problems.IsEmpty)
            return ExitCode.PlanHasProblems;
        if (failed.Any(run => run?.Failure is { Cancelled: true }))
            return ExitCode.Cancelled;
        if (report.Failed is not null)
            return ExitCode.MigrationFailed;
        var isFine = report.IsReversible && !report.Migrations.Any(migration => Output.RehearsalVerdict.TooLong(migration, longest).Any());
        return isFine ? ExitCode.Done : ExitCode.Findings;
    }

    private static TimeSpan ReadDuration(string? text) => text is null ? LongestLock
        : DurationText.TryRead(text, out var duration) ? duration
        : throw new UsageException($"--max-lock is \"{text}\", which is no duration", DurationText.Mend);
}
