namespace PhaserAI.Migrations;

/// <summary>How far a backup, a download or a restore is; told a few times a second.</summary>
/// <param name="Address">The backup's address.</param>
/// <param name="Verb">What is done with it: <c>backing up to</c>, <c>restoring</c> …</param>
/// <param name="Bytes">How much of it has passed.</param>
/// <param name="Total">How much there is; 0 while nobody knows.</param>
/// <param name="Elapsed">Since it began.</param>
public sealed record BackupProgress(string Address, string Verb, long Bytes, long Total, TimeSpan Elapsed) : MigrationEvent;

/// <summary>A backup has been made, and is whole in its store.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Its address: the store's, and its name.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its SHA-256, 64 hexadecimal digits.</param>
/// <param name="Elapsed">What it took.</param>
public sealed record BackupMade(string Name, string Address, long Bytes, string Sha256, TimeSpan Elapsed) : MigrationEvent;
