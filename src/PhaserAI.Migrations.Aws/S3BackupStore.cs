using System.Collections.Immutable;
using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using PhaserAI.Migrations.Backups;

namespace PhaserAI.Migrations.Aws;

/// <summary>
/// Backups in a bucket of S3, under <c>database-backups/</c>: streamed, encrypted, with a checksum for each part, and never
/// in the place of one that is there.
/// </summary>
public sealed class S3BackupStore : IBackupStore, IDisposable
{
    private const string Prefix = "database-backups/";

    private readonly IAmazonS3 _client;
    private readonly S3Target _target;
    private readonly S3Failure _failure;

    private S3BackupStore(IAmazonS3 client, S3Target target)
    {
        (_client, _target) = (client, target);
        _failure = new S3Failure(target);
    }

    /// <summary>The store in a bucket. Asks nobody yet: what is wrong with it comes with the first call.</summary>
    /// <param name="bucket">Its name, or the ARN of an access point.</param>
    /// <param name="kmsKey">The id or ARN of the KMS key that encrypts them; null leaves it to a key of S3's own.</param>
    /// <param name="variable">Reads an environment variable: region, credentials and endpoints come from the AWS_… ones, as for the AWS CLI.</param>
    /// <exception cref="BackupFailedException">The region is not known.</exception>
    public static S3BackupStore Open(string bucket, string? kmsKey, Func<string, string?> variable)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(bucket);
        ArgumentNullException.ThrowIfNull(variable);
        var access = new AwsAccess(variable);
        try
        {
            var endpoint = access.EndpointOf("S3");
            var config = access.Configure(new AmazonS3Config { ForcePathStyle = endpoint is not null }, "S3");
            var target = new S3Target(bucket, kmsKey, endpoint ?? $"https://s3.{config.RegionEndpoint.SystemName}.amazonaws.com");
            return new S3BackupStore(new AmazonS3Client(access.Credentials, config), target);
        }
        catch (AwsAccessException missing)
        {
            throw new BackupFailedException(missing.Message, missing.Next, missing);
        }
    }

    /// <summary>Closes the connections to S3.</summary>
    public void Dispose() => _client.Dispose();

    /// <summary>Whether a text can be the name of a bucket (S3's user guide, "General purpose bucket naming rules"), or the ARN of an access point.</summary>
    internal static bool IsBucket(string name) =>
        name.StartsWith("arn:", StringComparison.Ordinal)
        || (name.Length is >= 3 and <= 63 && name.All(letter => letter is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '.'));

    /// <inheritdoc/>
    public string Address => $"s3://{_target.Bucket}/{Prefix}";

    /// <inheritdoc/>
    public string AddressOf(string name) => Address + name;

    /// <inheritdoc/>
    public async Task<BackupUpload> CreateAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await _client.GetObjectMetadataAsync(_target.Bucket, Prefix + name, cancellationToken);
        }
        // 403 is also S3's answer for an object that is not there to someone who may not list the bucket; whether it may be
        // written, its own request tells. And should it be there, that request is conditional.
        catch (AmazonS3Exception answer) when (answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden)
        {
            return new S3Upload(_client, _failure, _target, Prefix + name, AddressOf(name));
        }
        catch (Exception failure) when (S3Failure.IsKnown(failure))
        {
            throw _failure.Explain(failure, "s3:GetObject");
        }

        throw new BackupNameTakenException(AddressOf(name));
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await S3Object.OpenAsync(_client, _failure, _target.Bucket, Prefix + name, cancellationToken);
        }
        catch (AmazonS3Exception missing) when (missing.ErrorCode == "NoSuchKey")
        {
            throw new BackupFailedException($"there is no backup {AddressOf(name)}", "See what there is: backup list", missing);
        }
        catch (Exception failure) when (S3Failure.IsKnown(failure))
        {
            throw _failure.Explain(failure, "s3:GetObject");
        }
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<StoredObject>> ListAsync(CancellationToken cancellationToken)
    {
        var found = new List<StoredObject>();
        var request = new ListObjectsV2Request { BucketName = _target.Bucket, Prefix = Prefix, Delimiter = "/" };
        try
        {
            do
            {
                var page = await _client.ListObjectsV2Async(request, cancellationToken);
                foreach (var item in page.S3Objects ?? [])
                {
                    if (item.Key.Length > Prefix.Length) // the console makes an empty object for a folder
                        found.Add(new StoredObject(item.Key[Prefix.Length..], item.Size ?? 0, item.LastModified?.ToUniversalTime() ?? default(DateTimeOffset)));
                }

                request.ContinuationToken = page.NextContinuationToken;
            }
            while (request.ContinuationToken is not null);
        }
        catch (Exception failure) when (S3Failure.IsKnown(failure))
        {
            throw _failure.Explain(failure, "s3:ListBucket");
        }

        return [.. found.OrderBy(item => item.Name, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await _client.DeleteObjectAsync(_target.Bucket, Prefix + name, cancellationToken);
        }
        catch (Exception failure) when (S3Failure.IsKnown(failure))
        {
            throw _failure.Explain(failure, "s3:DeleteObject");
        }
    }
}
