using System.Collections.Immutable;

namespace PhaserAI.Migrations.Backups;

/// <summary>Which backups may go.</summary>
/// <param name="Delete">To be deleted, oldest first.</param>
/// <param name="Keep">To be kept, newest last.</param>
/// <param name="Unknown">Without a manifest: kept, because nobody knows what they are.</param>
public sealed record BackupPruning(ImmutableArray<StoredBackup> Delete, ImmutableArray<StoredBackup> Keep, ImmutableArray<StoredBackup> Unknown)
{
    /// <summary>The newest of each database always stays; those of one name in several environments are several.</summary>
    /// <param name="all">What there is.</param>
    /// <param name="keep">How many of each database stay at least; null means one.</param>
    /// <param name="olderThan">Only what is older is deleted; null means any.</param>
    /// <param name="now">The time.</param>
    public static BackupPruning Plan(ImmutableArray<StoredBackup> all, int? keep, TimeSpan? olderThan, DateTimeOffset now)
    {
        var known = all.Where(backup => backup.Manifest is not null).ToImmutableArray();
        var newest = known.GroupBy(backup => (backup.Manifest!.Database, backup.Manifest.Environment))
            .SelectMany(group => group.OrderByDescending(backup => backup.Manifest!.CreatedAt).Take(Math.Max(1, keep ?? 1)))
            .ToHashSet();
        var delete = known.Where(backup => !newest.Contains(backup) && (olderThan is not { } age || now - backup.Manifest!.CreatedAt > age)).ToImmutableArray();
        return new BackupPruning(delete, [.. known.Except(delete)], [.. all.Where(backup => backup.Manifest is null)]);
    }

    /// <summary>Deletes what is to go: the backup before its manifest, so that one that is left halfway is never taken for whole.</summary>
    /// <exception cref="BackupFailedException">The store refuses.</exception>
    public async Task RunAsync(IBackupStore store, CancellationToken cancellationToken = default)
    {
        foreach (var backup in Delete)
        {
            await store.DeleteAsync(backup.Name, cancellationToken).ConfigureAwait(false);
            await store.DeleteAsync(BackupName.ManifestOf(backup.Name), cancellationToken).ConfigureAwait(false);
        }
    }
}
