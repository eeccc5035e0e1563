using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>dev start|stop|status|psql|reset</c>: the embedded development database.</summary>
internal static class DevCommand
{
    public static Command Create(CommandLine line)
    {
        var dev = new Command("dev", "The embedded development database, used when ENVIRONMENT is dev and no server is named.");
        dev.Subcommands.Add(Start(line));
        dev.Subcommands.Add(Stop(line));
        dev.Subcommands.Add(Status(line));
        dev.Subcommands.Add(Psql(line));
        dev.Subcommands.Add(Reset(line));
        return line.Show(
            dev,
            new("dev status", "Where it is and whether it runs."),
            new("dev psql", "Look around in it."),
            new("dev stop", "Stop it; the data stay."));
    }

    private static Command Start(CommandLine line)
    {
        var command = new Command("start", "Start it; the first time, make it.");
        line.Handle(command, async (call, cancellationToken) =>
        {
            var database = await call.Embedded.StartAsync(new NoteProgress(call.Reporter), cancellationToken);
            if (database.Note is { } note)
                call.Reporter.Note(note);
            var folder = ProjectFolder.Shorten(database.Folder, call.Host.CurrentDirectory);
            call.Reporter.Answer(
                $"{(database.Started ? "Started" : "Already running")}: {database.Database} on {database.Host}:{database.Port}, user {database.User}, PostgreSQL {database.ServerVersion}, in {folder}",
                new JsonObject
                {
                    ["host"] = database.Host,
                    ["port"] = database.Port,
                    ["database"] = database.Database,
                    ["user"] = database.User,
                    ["version"] = database.ServerVersion,
                    ["folder"] = folder,
                });
            return ExitCode.Done;
        },
        new Example("dev start", "Every command that needs it does so by itself."));
        return command;
    }

    private static Command Stop(CommandLine line)
    {
        var command = new Command("stop", "Stop it; the data stay.");
        line.Handle(command, async (call, cancellationToken) =>
        {
            var stopped = await call.Embedded.StopAsync(cancellationToken);
            call.Reporter.Answer(stopped ? "Stopped." : "It was not running.", new JsonObject { ["stopped"] = stopped });
            return ExitCode.Done;
        },
        new Example("dev stop", "The next command that needs it starts it again."));
        return command;
    }

    private static Command Status(CommandLine line)
    {
        var command = new Command("status", "Show where it is and whether it runs.");
        line.Handle(command, async (call, cancellationToken) =>
        {
            var status = await call.Embedded.StatusAsync(cancellationToken);
            var folder = ProjectFolder.Shorten(status.Folder, call.Host.CurrentDirectory);
            var sentence = status switch
            {
                { Exists: false } => $"There is none yet; it will be made in {folder}.",
                { Running: true } => $"Running on 127.0.0.1:{status.Port}, pid {status.Pid}, PostgreSQL {status.Version}, in {folder}",
                _ => $"Not running. It is in {folder}, PostgreSQL {status.Version}",
            };
            call.Reporter.Answer(
                sentence,
                new JsonObject
                {
                    ["state"] = status.Running ? "running" : status.Exists ? "stopped" : "absent",
                    ["port"] = status.Port,
                    ["pid"] = status.Pid,
                    ["version"] = status.Version,
                    ["folder"] = folder,
                    ["log"] = status.LogFile,
                });
            return ExitCode.Done;
        },
        new("dev status", "For people."),
        new("dev status --output json", "For programs: host, port and user."));
        return command;
    }

    private static Command Psql(CommandLine line)
    {
        var arguments = new Argument<string[]>("arguments") { Description = "Arguments of psql, after --.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("psql", "Open psql on it; arguments after -- go to psql.") { arguments };
        line.Handle(command, async (call, cancellationToken) =>
        {
            var database = await call.Embedded.StartAsync(new NoteProgress(call.Reporter), cancellationToken);
            var psql = await call.Embedded.PsqlAsync(database, cancellationToken);
            if (psql.Program is null)
                throw new UsageException("there is no psql on this machine", "Install PostgreSQL's client programs (Debian: apt-get install postgresql-client).");
            var start = new ProcessStartInfo(psql.Program, call.Parsed.GetValue(arguments) ?? []);
            // What else libpq reads leads elsewhere: a PGSERVICE goes before all of these
            foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToArray())
                start.Environment.Remove(name);
            foreach (var (name, value) in psql.Environment)
                start.Environment[name] = value;

            // Ctrl-C is psql's: it cancels the query there. This process only waits.
            using var process = Process.Start(start)!;
            await process.WaitForExitAsync(CancellationToken.None);
            return process.ExitCode;
        },
        new("dev psql", "Look around in it."),
        new("dev psql -- -c \"SELECT * FROM schema_migrations\"", "Run one statement."));
        return command;
    }

    private static Command Reset(CommandLine line)
    {
        var command = new Command("reset", "Delete it with all its data; the next command makes a new one. Asks first; without a terminal it needs --yes.");
        line.Handle(command, async (call, cancellationToken) =>
        {
            if (!call.IsYes && !await IsConfirmedAsync(call, cancellationToken))
                throw new RefusedException("not confirmed; nothing was deleted", $"Run {call.Host.CommandName} dev reset --yes.");

            await call.Embedded.ResetAsync(cancellationToken);
            call.Reporter.Answer("Deleted.", new JsonObject { ["deleted"] = true });
            return ExitCode.Done;
        },
        new Example("dev reset --yes", "Without being asked."));
        return command;
    }

    private static async Task<bool> IsConfirmedAsync(Call call, CancellationToken cancellationToken) =>
        call.Host.InIsTerminal
        && await Confirmation.AskAsync(
            call.Host, "This deletes the development database with all its data. Type yes to go on: ", cancellationToken) is "yes" or "y";
}
