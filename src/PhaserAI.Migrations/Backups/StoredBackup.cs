namespace PhaserAI.Migrations.Backups;

/// <summary>A backup in a store.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">The store's address and its name.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">When it was completed.</param>
/// <param name="Manifest">What is known of it; null when there is no manifest, or none that can be understood.</param>
public sealed record StoredBackup(string Name, string Address, long Length, DateTimeOffset Modified, BackupManifest? Manifest);
