using System.CommandLine;
using System.Text.Json.Nodes;
using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>backup info</c>: what backup a run would have. Asks RDS, and no database.</summary>
internal static class BackupInfoCommand
{
    private const int Newest = 10;

    public static Command Create(CommandLine line)
    {
        var command = new Command("info", "Show what backup up and down would have: the environment's rule, and what RDS has or the store.");
        line.Handle(
            command,
            async (call, cancellationToken) =>
            {
                var policy = call.Settings.Rules.Backup;
                var kind = RdsBackupBefore.Kind(call);
                var answer = new JsonObject { ["environment"] = call.Settings.Rules.Name, ["policy"] = Word(policy), ["backup"] = kind ?? (WantsDump(call, policy) ? "dump" : "none") };
                if (kind is "snapshot" or "pitr" || call.Settings.Reader.Get(KnownSettings.DatabaseInstance) is not null || call.Settings.Reader.Get(KnownSettings.DatabaseCluster) is not null)
                    await AddRdsAsync(call, answer, cancellationToken);
                else if (WantsDump(call, policy))
                    answer["store"] = BackupStores.Choose(call).AddressOf("");
                call.Reporter.Answer(Sentence(answer), answer);
                return ExitCode.Done;
            },
            new("backup info", "For people."),
            new("backup info --output json", "For programs."));
        return command;
    }

    private static async Task AddRdsAsync(Call call, JsonObject answer, CancellationToken cancellationToken)
    {
        var backups = RdsBackupBefore.Open(call);
        var window = await backups.ReadWindowAsync(cancellationToken);
        answer["database"] = backups.Database.Id;
        answer["isCluster"] = backups.Database.IsCluster;
        answer["retentionDays"] = window.RetentionDays;
        answer["latestRestorableTime"] = window.Latest is { } latest ? RdsBackupBefore.Time(latest) : null;
        answer["snapshots"] = new JsonArray([.. (await backups.ListAsync(cancellationToken)).TakeLast(Newest).Select(snapshot => new JsonObject
        {
            ["name"] = snapshot.Name,
            ["address"] = snapshot.Arn,
            ["status"] = snapshot.Status,
            ["createdAt"] = snapshot.CreatedAt is { } at ? RdsBackupBefore.Time(at) : null,
            ["bytes"] = snapshot.Bytes,
            ["restore"] = BackupAddress.Restore(snapshot.Arn),
        })]);
    }

    private static bool WantsDump(Call call, BackupPolicy policy) =>
        policy is BackupPolicy.Required || (policy is BackupPolicy.IfStoreIsSet && BackupStores.IsSet(call));

    private static string Sentence(JsonObject answer)
    {
        var rule = (string)answer["backup"]! switch
        {
            "snapshot" => $"Before up and down a snapshot of {(string?)answer["database"]} is made.",
            "pitr" => $"Before up and down it is proved that {(string?)answer["database"]} can be restored to that time.",
            "dump" => $"Before up and down a backup goes to {(string?)answer["store"]}.",
            _ => $"No backup is made before up and down in {(string?)answer["environment"]}.",
        };
        return answer["snapshots"] is JsonArray snapshots
            ? $"{rule} RDS keeps {(int?)answer["retentionDays"]} days to restore to, the latest {(string?)answer["latestRestorableTime"] ?? "none"}, and {snapshots.Count} snapshots."
            : rule;
    }

    private static string Word(BackupPolicy policy) => policy switch
    {
        BackupPolicy.Required => "required",
        BackupPolicy.IfStoreIsSet => "ifStoreIsSet",
        _ => "none",
    };
}
