namespace PhaserAI.Migrations.Backups;

/// <summary>An object in a store.</summary>
/// <param name="Name">Its name in the store, without the store's address.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">When it was completed.</param>
public sealed record StoredObject(string Name, long Length, DateTimeOffset Modified);
