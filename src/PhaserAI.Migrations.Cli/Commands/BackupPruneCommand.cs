using System.CommandLine;
using System.Text.Json.Nodes;
using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>backup prune</c>.</summary>
internal static class BackupPruneCommand
{
    public static Command Create(CommandLine line)
    {
        var keep = new Option<int?>("--keep") { Description = "Keep at least the newest N of each database.", HelpName = "N" };
        var olderThan = new Option<string?>("--older-than") { Description = "Delete only what is older: 30d, 12h.", HelpName = "DURATION" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only show what would be deleted." };
        var command = new Command("prune", "Delete old backups. The newest of each database always stays, and so does what has no manifest.") { keep, olderThan, dryRun };
        line.Handle(command, async (call, cancellationToken) =>
        {
            var (number, age) = (call.Parsed.GetValue(keep), ReadAge(call.Parsed.GetValue(olderThan)));
            if (number is null && age is null)
                throw new UsageException("prune is not told what may go", $"Run {call.Host.CommandName} backup prune --keep 10, or --older-than 30d, or both; with --dry-run it shows what it would delete.");
            if (number < 1)
                throw new UsageException($"--keep is {number}", "Give a number from 1: the newest backup always stays.");
            var store = BackupStores.Choose(call);
            var plan = BackupPruning.Plan(await new BackupCatalog(store).ListAsync(cancellationToken), number, age, call.Host.TimeProvider.GetUtcNow());
            var isDry = call.Parsed.GetValue(dryRun);
            if (!isDry && plan.Delete.Length > 0)
            {
                await ConfirmAsync(call, plan, store.Address, cancellationToken);
                await plan.RunAsync(store, cancellationToken);
            }

            Show(call, plan, isDry);
            return ExitCode.Done;
        },
        new("backup prune --keep 10 --older-than 30d --dry-run", "Show what is older than 30 days and not among the ten newest."),
        new("backup prune --older-than 90d", "Delete what is older than 90 days."));
        return command;
    }

    private static TimeSpan? ReadAge(string? text)
    {
        if (text is null)
            return null;
        if (text.Trim() is [.. var days, 'd'] && int.TryParse(days, System.Globalization.CultureInfo.InvariantCulture, out var number) && number >= 0)
            return TimeSpan.FromDays(number);
        return DurationText.TryRead(text, out var duration)
            ? duration
            : throw new UsageException($"--older-than is \"{text}\", which is no duration", "Write it as 30d, 12h or 90min.");
    }

    private static async Task ConfirmAsync(Call call, BackupPruning plan, string store, CancellationToken cancellationToken)
    {
        if (!call.Settings.Rules.MustConfirm || call.IsYes || call.Host.Variable("CI") is "true" or "1")
            return;
        if (!call.Host.InIsTerminal)
            throw new RefusedException("backup prune in prod must be confirmed, and there is no terminal to ask on; nothing was deleted", $"Run it again with --yes if you are sure; {call.Host.CommandName} backup prune … --dry-run shows what it would delete.");
        foreach (var backup in plan.Delete)
            call.Host.Error.WriteLine($"  {backup.Name}");
        if (await Confirmation.AskAsync(call.Host, $"This deletes {BackupText.Count(plan.Delete.Length, "backup")} from {store}. Type yes to go on: ", cancellationToken) is not ("yes" or "y"))
            throw new RefusedException("not confirmed; nothing was deleted", "Run it again and type yes.");
    }

    private static void Show(Call call, BackupPruning plan, bool isDry)
    {
        foreach (var unknown in plan.Unknown)
            call.Reporter.Note($"{unknown.Address} has no manifest, and stays: what is in it is not known.");
        var lines = plan.Delete.Select(backup => $"\n  {backup.Name}  {ByteText.Of(backup.Length)}");
        call.Reporter.Answer(
            plan.Delete.IsEmpty
                ? $"Nothing to delete: {BackupText.Count(plan.Keep.Length, "backup")} stay{(plan.Keep.Length == 1 ? "s" : "")}."
                : $"{(isDry ? "Would delete" : "Deleted")} {BackupText.Count(plan.Delete.Length, "backup")}, {ByteText.Of(plan.Delete.Sum(backup => backup.Length))}; {plan.Keep.Length} stay{(plan.Keep.Length == 1 ? "s" : "")}:{string.Concat(lines)}",
            new JsonObject
            {
                ["dryRun"] = isDry,
                ["deleted"] = ToJson(plan.Delete),
                ["kept"] = ToJson(plan.Keep),
                ["unknown"] = ToJson(plan.Unknown),
            });
    }

    private static JsonArray ToJson(IEnumerable<StoredBackup> backups) => new([.. backups.Select(backup => (JsonNode?)JsonValue.Create(backup.Name))]);
}
