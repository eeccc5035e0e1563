using System.Net;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using PhaserAI.Migrations.Backups;

namespace PhaserAI.Migrations.Aws;

/// <summary>
/// An object on its way to S3. A small one is put at once. A larger one goes in parts, two at a time while the next is
/// being filled, so that it takes three parts of memory. It appears when it is completed, if there is none of its name.
/// </summary>
internal sealed class S3Upload(IAmazonS3 client, S3Failure failure, S3Target target, string key, string address) : BackupUpload
{
    /// <summary>Tells an object of this upload from another's, when the answer to its completion was lost and the second attempt was refused.</summary>
    private const string Mark = "upload";

    private readonly string _id = Guid.NewGuid().ToString("N");
    private readonly CancellationTokenSource _stop = new();
    private readonly Queue<(Task<PartETag> Sent, byte[] Buffer)> _sending = new();
    private readonly List<PartETag> _parts = [];
    private readonly Stack<byte[]> _free = new();
    private byte[] _part = GC.AllocateUninitializedArray<byte>(PartSize(1));
    private int _filled;
    private string? _uploadId;
    private bool _isCompleted;

    /// <summary>
    /// S3 takes 10,000 parts of an object (its user guide, "Amazon S3 multipart upload limits"). They begin with 8 MiB and double
    /// after each 1,000 up to 512 MiB: 24 MiB of memory up to 8 GB, and room for 2.5 TB.
    /// </summary>
    internal static int PartSize(int number) => (8 << 20) << Math.Min((number - 1) / 1000, 6);

    public override async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            if (_filled == _part.Length)
                await SendPartAsync(cancellationToken);
            var count = Math.Min(bytes.Length, _part.Length - _filled);
            bytes[..count].CopyTo(_part.AsMemory(_filled));
            _filled += count;
            bytes = bytes[count..];
        }
    }

    public override async Task CompleteAsync(CancellationToken cancellationToken)
    {
        if (_uploadId is not null)
        {
            await SendPartAsync(cancellationToken);
            while (_sending.Count > 0)
                await ReceiveAsync(cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            // Not to be cancelled: nobody would know whether the object is there.
            await (_uploadId is null ? PutAsync() : CompletePartsAsync());
        }
        catch (AmazonS3Exception answer) when (answer.StatusCode is HttpStatusCode.PreconditionFailed or HttpStatusCode.Conflict || answer.ErrorCode == "NoSuchUpload")
        {
            // The client repeats a call whose answer does not come.
            if (!await IsThereAsync())
                throw answer.ErrorCode == "NoSuchUpload" ? failure.Explain(answer, "s3:PutObject") : new BackupNameTakenException(address);
        }
        catch (Exception refused) when (S3Failure.IsKnown(refused))
        {
            throw failure.Explain(refused, "s3:PutObject");
        }

        _isCompleted = true;
    }

    public override async ValueTask DisposeAsync()
    {
        if (!_isCompleted)
            await AbortAsync();
        _stop.Dispose();
    }

    private async Task SendPartAsync(CancellationToken cancellationToken)
    {
        _uploadId ??= await BeginAsync(cancellationToken);
        if (_sending.Count == 2)
            await ReceiveAsync(cancellationToken);
        var number = _parts.Count + _sending.Count + 1;
        if (number > 10_000)
        {
            throw new BackupFailedException(
                $"the backup is larger than an upload to S3 can be: {address}", "Take a snapshot of the database's storage instead (RDS: aws rds create-db-snapshot).");
        }

        _sending.Enqueue((UploadAsync(number, _part, _filled), _part));
        var size = PartSize(number + 1);
        _part = _free.TryPop(out var free) && free.Length == size ? free : GC.AllocateUninitializedArray<byte>(size);
        _filled = 0;
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        var (sent, buffer) = _sending.Peek();
        try
        {
            _parts.Add(await sent.WaitAsync(cancellationToken));
        }
        catch (Exception refused) when (S3Failure.IsKnown(refused))
        {
            throw failure.Explain(refused, "s3:PutObject");
        }

        _sending.Dequeue();
        _free.Push(buffer);
    }

    private async Task<string> BeginAsync(CancellationToken cancellationToken)
    {
        var request = new InitiateMultipartUploadRequest { BucketName = target.Bucket, Key = key, ChecksumAlgorithm = ChecksumAlgorithm.SHA256, Metadata = { [Mark] = _id } };
        (request.ServerSideEncryptionMethod, request.ServerSideEncryptionKeyManagementServiceKeyId) = Encryption;
        try
        {
            return (await client.InitiateMultipartUploadAsync(request, cancellationToken)).UploadId;
        }
        catch (Exception refused) when (S3Failure.IsKnown(refused))
        {
            throw failure.Explain(refused, "s3:PutObject");
        }
    }

    private async Task<PartETag> UploadAsync(int number, byte[] buffer, int count)
    {
        await Task.Yield(); // the checksum is made beside the filling of the next part
        using var content = new MemoryStream(buffer, 0, count, writable: false);
        var answer = await client.UploadPartAsync(
            new UploadPartRequest
            {
                BucketName = target.Bucket,
                Key = key,
                UploadId = _uploadId,
                PartNumber = number,
                PartSize = count,
                InputStream = content,
                ChecksumAlgorithm = ChecksumAlgorithm.SHA256,
                ChecksumSHA256 = ChecksumOf(buffer, count),
                DisablePayloadSigning = target.IsTls,
            },
            _stop.Token);
        return new PartETag(answer);
    }

    private async Task PutAsync()
    {
        using var content = new MemoryStream(_part, 0, _filled, writable: false);
        var request = new PutObjectRequest
        {
            BucketName = target.Bucket,
            Key = key,
            InputStream = content,
            IfNoneMatch = "*",
            ChecksumAlgorithm = ChecksumAlgorithm.SHA256,
            ChecksumSHA256 = ChecksumOf(_part, _filled),
            DisablePayloadSigning = target.IsTls,
            Metadata = { [Mark] = _id },
        };
        (request.ServerSideEncryptionMethod, request.ServerSideEncryptionKeyManagementServiceKeyId) = Encryption;
        await client.PutObjectAsync(request, CancellationToken.None);
    }

    private Task<CompleteMultipartUploadResponse> CompletePartsAsync() => client.CompleteMultipartUploadAsync(
        new CompleteMultipartUploadRequest { BucketName = target.Bucket, Key = key, UploadId = _uploadId, PartETags = _parts, IfNoneMatch = "*" },
        CancellationToken.None);

    private async Task<bool> IsThereAsync()
    {
        try
        {
            var there = await client.GetObjectMetadataAsync(target.Bucket, key, CancellationToken.None);
            return there.Metadata[Mark] == _id;
        }
        catch (Exception unknown) when (S3Failure.IsKnown(unknown))
        {
            return false;
        }
    }

    private async Task AbortAsync()
    {
        await _stop.CancelAsync();
        // A part that arrives after the end of its upload would be kept, and paid for.
        await Task.WhenAll(_sending.Select(part => part.Sent)).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (_uploadId is null)
            return;
        try
        {
            await client.AbortMultipartUploadAsync(target.Bucket, key, _uploadId, CancellationToken.None);
        }
        catch (Exception unreachable) when (S3Failure.IsKnown(unreachable))
        {
            // Why the backup failed has been said; what is left is invisible, and a lifecycle rule removes it (docs/aws.md).
        }
    }

    private (ServerSideEncryptionMethod Method, string? Key) Encryption =>
        target.KmsKey is { } kms ? (ServerSideEncryptionMethod.AWSKMS, kms) : (ServerSideEncryptionMethod.AES256, null);

    private static string ChecksumOf(byte[] buffer, int count) => Convert.ToBase64String(SHA256.HashData(buffer.AsSpan(0, count)));
}
