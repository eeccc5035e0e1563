using System.Collections.Immutable;
using System.CommandLine;
using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.Cli.Settings;
using PhaserAI.Migrations.Imports;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>import --from flyway|dbmate|efcore</c>.</summary>
internal static class ImportCommand
{
    private static readonly string[] Tools = ["flyway", "dbmate", "efcore"];

    public static Command Create(CommandLine line)
    {
        var from = new Option<string?>("--from") { Description = "Whose history it is.", HelpName = string.Join('|', Tools) };
        var files = new Option<string[]>("--files")
        {
            Description = "A folder with the other tool's files; may be given more than once. Default: the one that it uses by itself, else the folder of migrations.",
            HelpName = "DIR",
            Arity = ArgumentArity.OneOrMore,
        };
        var table = new Option<string?>("--table") { Description = "The other tool's table, if it has another name than by default.", HelpName = "[SCHEMA.]NAME" };
        var stubs = new Option<bool>("--stubs") { Description = "Where there is no SQL of an applied migration, write a file that says so, and that stops up on a database without it." };
        var move = new Option<bool>("--move") { Description = "Delete the other tool's files once the new ones are there." };
        var (reason, dryRun) = (HistoryChanges.Reason(), HistoryChanges.DryRun());
        var command = new Command("import", "Go on from what Flyway, dbmate or EF Core has applied: make files of its files, and record them as applied. Runs none of them.")
        {
            from, files, table, stubs, move, reason, dryRun,
        };
        line.Handle(
            command,
            async (call, cancellationToken) =>
            {
                var tool = ReadTool(call, call.Parsed.GetValue(from));
                var import = new ImportOptions(tool)
                {
                    Folders = FindFolders(call, tool, call.Parsed.GetValue(files) ?? []),
                    Table = call.Parsed.GetValue(table),
                    WritesStubs = call.Parsed.GetValue(stubs),
                    RemovesOld = call.Parsed.GetValue(move),
                };
                var typed = $"import --from {tool.ToString().ToLowerInvariant()}";
                var isDry = call.Parsed.GetValue(dryRun);
                var why = call.Parsed.GetValue(reason) is { Length: > 0 } text ? text : "import";
                var history = await call.HistoryAsync(typed, cancellationToken);
                var plan = isDry
                    ? await history.PlanImportAsync(import, cancellationToken)
                    : await history.ImportAsync(import, why, (planned, token) => ApproveAsync(call, planned, typed, token), cancellationToken);
                call.Reporter.Imported(plan, isDry);
                return plan.Problems.IsEmpty ? ExitCode.Done : ExitCode.PlanHasProblems;
            },
            new("import --from dbmate --dry-run", "Show which file becomes which, and what would be recorded."),
            new("import --from dbmate", "Do it, with the files in db/migrations."),
            new("import --from flyway --files src/main/resources/db/migration", "Flyway's files, sub-folders too."),
            new("import --from efcore --files efcore-scripts", "Scripts of dotnet ef migrations script, one for each migration."));
        return command;
    }

    private static ImportTool ReadTool(Call call, string? name)
    {
        if (name is null)
            throw new UsageException("import needs the tool whose history it is", $"Run {call.Host.CommandName} import --from {string.Join('|', Tools)}.");
        return Tools.Contains(name, StringComparer.OrdinalIgnoreCase) && Enum.TryParse<ImportTool>(name, ignoreCase: true, out var tool)
            ? tool
            : throw new UsageException($"there is no importer for \"{name}\"", $"Use --from {string.Join(", --from ", Tools)}.");
    }

    /// <summary>Those that are named, else the first one of the tool's own places that is there, else the folder of migrations.</summary>
    private static ImmutableArray<ImportFolder> FindFolders(Call call, ImportTool tool, string[] named)
    {
        var settings = call.Settings;
        if (named.Length > 0)
            return [.. named.Select(folder => ToFolder(Path.GetFullPath(folder, call.Host.CurrentDirectory)))];
        string[] usual = tool switch
        {
            ImportTool.Flyway => ["src/main/resources/db/migration", "db/migration", "sql"],
            ImportTool.Dbmate => ["db/migrations"],
            _ => ["efcore-scripts"],
        };
        // A project that has none of them yet may have stubs.
        return [.. usual.Select(folder => Path.Combine(settings.Project.Path, folder)).Append(settings.Migrations).Where(Directory.Exists).Take(1).Select(ToFolder)];

        ImportFolder ToFolder(string path) => new(path, ProjectFolder.Shorten(path, call.Host.CurrentDirectory));
    }

    private static async Task<string?> ApproveAsync(Call call, ImportPlan plan, string typed, CancellationToken cancellationToken)
    {
        var target = call.Target!;
        return await Confirmation.RequireAsync(call, target, typed, writer => ImportText.Write(writer, new Style(enabled: false), plan, target, "This imports"), cancellationToken);
    }
}
