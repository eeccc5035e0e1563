using System.Collections.Immutable;
using System.Text.Json;

namespace PhaserAI.Migrations.Backups;

/// <summary>What a store has.</summary>
public sealed class BackupCatalog(IBackupStore store)
{
    private const int LongestManifest = 64 * 1024 * 1024;

    /// <summary>Every backup, newest last. What else is in the store is left out.</summary>
    /// <exception cref="BackupFailedException">The store can't be read.</exception>
    public async Task<ImmutableArray<StoredBackup>> ListAsync(CancellationToken cancellationToken = default)
    {
        var objects = await store.ListAsync(cancellationToken).ConfigureAwait(false);
        var manifests = objects.Where(stored => BackupName.IsManifest(stored.Name)).Select(stored => stored.Name).ToHashSet(StringComparer.Ordinal);
        var found = ImmutableArray.CreateBuilder<StoredBackup>();
        foreach (var stored in objects.Where(stored => BackupName.IsBackup(stored.Name)).OrderBy(stored => stored.Name, StringComparer.Ordinal))
        {
            var manifest = manifests.Contains(BackupName.ManifestOf(stored.Name)) ? await ReadManifestAsync(stored.Name, cancellationToken).ConfigureAwait(false) : null;
            found.Add(new StoredBackup(stored.Name, store.AddressOf(stored.Name), stored.Length, stored.Modified, manifest));
        }

        return found.ToImmutable();
    }

    /// <summary>The backup of a name, or the newest one for <c>latest</c>.</summary>
    /// <param name="name">A name as the list shows it; its address does too.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <exception cref="BackupFailedException">There is none.</exception>
    public async Task<StoredBackup> FindAsync(string name, CancellationToken cancellationToken = default)
    {
        var all = await store.ListAsync(cancellationToken).ConfigureAwait(false);
        var isLatest = name is "latest";
        name = name[(name.LastIndexOf('/') + 1)..];
        var found = isLatest
            ? all.Where(stored => BackupName.IsBackup(stored.Name)).MaxBy(stored => stored.Name, StringComparer.Ordinal)
            : all.FirstOrDefault(stored => stored.Name == name && BackupName.IsBackup(name));
        if (found is null)
        {
            throw new BackupFailedException(
                isLatest ? $"there is no backup in {store.Address}" : $"there is no backup {name} in {store.Address}", "The command backup list shows what there is.");
        }

        var manifest = all.Any(stored => stored.Name == BackupName.ManifestOf(found.Name)) ? await ReadManifestAsync(found.Name, cancellationToken).ConfigureAwait(false) : null;
        return new StoredBackup(found.Name, store.AddressOf(found.Name), found.Length, found.Modified, manifest);
    }

    /// <summary>The newest backup of a database: a store may hold those of others, and of other environments, which must not take its place.</summary>
    /// <param name="database">The name that the manifest has.</param>
    /// <param name="environment">The environment that it has.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <exception cref="BackupFailedException">There is none.</exception>
    internal async Task<StoredBackup> FindLatestAsync(string database, string? environment, CancellationToken cancellationToken)
    {
        var all = await store.ListAsync(cancellationToken).ConfigureAwait(false);
        StoredBackup? newest = null;
        foreach (var name in all.Select(stored => stored.Name).Where(BackupName.IsBackup).OrderDescending(StringComparer.Ordinal))
        {
            var found = await FindAsync(name, cancellationToken).ConfigureAwait(false);
            if (found.Manifest is { } manifest && manifest.Database == database && manifest.Environment == environment)
                return found;
            newest ??= found;
        }

        throw newest is null
            ? new BackupFailedException($"there is no backup in {store.Address}", "The command backup list shows what there is.")
            : new BackupFailedException(
                $"there is no backup of the database {database} of {environment ?? "no environment"} in {store.Address}; the newest is {newest.Name}, "
                + (newest.Manifest is { } other ? $"of the database {other.Database} of {other.Environment ?? "no environment"}" : "which has no manifest that says of what it is"),
                "The command backup list shows what there is. Name the one that you mean instead of latest.");
    }

    /// <summary>The manifest beside a backup; null when it can't be understood, or is another backup's: of one second there may be a plain and a custom one.</summary>
    private async Task<BackupManifest?> ReadManifestAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var stream = await store.OpenAsync(BackupName.ManifestOf(name), cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
                return await ReadAsync(stream, cancellationToken).ConfigureAwait(false) is { } manifest && manifest.Name == name ? manifest : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static async Task<BackupManifest> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var text = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var count and > 0)
        {
            text.Write(buffer, 0, count);
            if (text.Length > LongestManifest)
                throw new JsonException("it is too long");
        }

        return ManifestText.Read(text.GetBuffer().AsSpan(0, (int)text.Length));
    }
}
