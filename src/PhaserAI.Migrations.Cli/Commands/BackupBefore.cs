using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>The backup before <c>up</c> and <c>down</c>, where the environment wants one.</summary>
internal static class BackupBefore
{
    /// <param name="call">The call.</param>
    /// <param name="options">The run's options.</param>
    /// <param name="isSkipped">Whether --no-backup was given.</param>
    public static MigrationOptions Apply(Call call, MigrationOptions options, bool isSkipped)
    {
        if (isSkipped && RdsBackupBefore.Kind(call) is not null)
            return Without(call, options, "--no-backup");
        if (RdsBackupBefore.Kind(call) is { } kind)
            return RdsBackupBefore.Apply(call, options, kind);
        if (!IsWanted(call))
            return options;
        if (isSkipped)
            return Without(call, options, "--no-backup");

        var store = BackupStores.Choose(call);
        var backups = BackupStores.ToOptions(call, options, store);
        return options with
        {
            BackUp = async (_, token) => store.AddressOf((await new BackupWriter(backups, call.Progress).CreateAsync(cancellationToken: token)).Name),
        };
    }

    /// <summary>Whether the environment wants one.</summary>
    public static bool IsWanted(Call call) => call.Settings.Rules.Backup switch
    {
        BackupPolicy.Required => true,
        BackupPolicy.IfStoreIsSet => BackupStores.IsSet(call),
        _ => false,
    };

    /// <summary>The log is to say that there is none, and who says so.</summary>
    public static MigrationOptions Without(Call call, MigrationOptions options, string by) =>
        options with { Approve = (plan, token) => ApproveWithoutAsync(call, options, by, plan, token) };

    private static async Task<string?> ApproveWithoutAsync(Call call, MigrationOptions options, string by, MigrationPlan plan, CancellationToken cancellationToken)
    {
        var approval = options.Approve is { } approve ? await approve(plan, cancellationToken) : null;
        call.Reporter.Note($"No backup is made: {by}.");
        return approval is null ? $"without a backup: {by}" : $"{approval}; without a backup: {by}";
    }
}
