using System.CommandLine;
using PhaserAI.Migrations.Cli.Output;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>inspect FILE…</c>.</summary>
internal static class InspectCommand
{
    public static Command Create(CommandLine line)
    {
        var files = new Argument<string[]>("file") { Description = "SQL files; their names need not be a migration's.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("inspect", "Show how the tool reads SQL files: header, sections, statements, transactions. Needs no database.") { files };
        line.Handle(command, async (call, cancellationToken) =>
        {
            var inspected = new List<InspectedFile>();
            foreach (var file in call.Parsed.GetValue(files)!)
            {
                var path = Path.GetFullPath(file, call.Host.CurrentDirectory);
                inspected.Add(InspectedFile.Read(file, path, await ReadAsync(file, path, cancellationToken)));
            }

            call.Reporter.Inspected(inspected);
            return inspected.TrueForAll(file => file.Problems.IsEmpty) ? ExitCode.Done : ExitCode.PlanHasProblems;
        },
        new("inspect infra/migrations/20250101_120000_initial_schema.sql", "One file."),
        new("inspect infra/migrations/*.sql", "All of them; exit code 3 when one is refused."));
        return command;
    }

    private static async Task<byte[]> ReadAsync(string file, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllBytesAsync(path, cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            var reason = failure is FileNotFoundException or DirectoryNotFoundException ? "there is no such file"
                : Directory.Exists(path) ? "it is a folder"
                : failure.Message;
            throw new UsageException($"{file} can't be read: {reason}", "Name a file that is there and that you may read.");
        }
    }
}
