namespace PhaserAI.Migrations.Backups;

/// <summary>How a restore ended.</summary>
/// <param name="Backup">The backup.</param>
/// <param name="Database">The database that has its content now.</param>
/// <param name="Kept">The name under which what was there before is kept; null when there was nothing.</param>
/// <param name="Elapsed">What it took.</param>
public sealed record RestoreReport(StoredBackup Backup, string Database, string? Kept, TimeSpan Elapsed);
