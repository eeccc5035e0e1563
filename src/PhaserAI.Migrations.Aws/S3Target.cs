namespace PhaserAI.Migrations.Aws;

/// <summary>Where backups go.</summary>
/// <param name="Bucket">The bucket's name.</param>
/// <param name="KmsKey">The key that encrypts them; null for one of S3's own.</param>
/// <param name="Endpoint">The address of S3, for messages.</param>
internal sealed record S3Target(string Bucket, string? KmsKey, string Endpoint)
{
    /// <summary>Where the checksums are enough: in TLS nobody changes what is sent, and a part is hashed once instead of twice.</summary>
    public bool IsTls => Endpoint.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
}
