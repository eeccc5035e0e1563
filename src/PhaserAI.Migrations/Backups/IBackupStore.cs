using System.Collections.Immutable;

namespace PhaserAI.Migrations.Backups;

/// <summary>Where backups are kept: a folder, or a bucket of S3. A store knows names and bytes, and nothing of what they mean.</summary>
public interface IBackupStore
{
    /// <summary>The store as people and other tools write it: a path, or <c>s3://bucket/prefix/</c>.</summary>
    string Address { get; }

    /// <summary>The address of an object: <see cref="Address"/> and its name.</summary>
    string AddressOf(string name);

    /// <summary>Begins an object, which is there as a whole once it is completed, and otherwise never.</summary>
    /// <exception cref="BackupNameTakenException">There is an object of that name, or another run is writing one.</exception>
    /// <exception cref="BackupFailedException">The store refuses.</exception>
    Task<BackupUpload> CreateAsync(string name, CancellationToken cancellationToken);

    /// <summary>An object's bytes, from its first.</summary>
    /// <exception cref="BackupFailedException">There is none of that name, or it can't be read.</exception>
    Task<Stream> OpenAsync(string name, CancellationToken cancellationToken);

    /// <summary>All objects, by name.</summary>
    /// <exception cref="BackupFailedException">The store can't be read.</exception>
    Task<ImmutableArray<StoredObject>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Removes an object; one that is not there is no error.</summary>
    /// <exception cref="BackupFailedException">The store refuses.</exception>
    Task DeleteAsync(string name, CancellationToken cancellationToken);
}
