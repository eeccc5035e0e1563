using Amazon.S3;
using Amazon.S3.Model;

namespace PhaserAI.Migrations.Aws;

/// <summary>An object's bytes. When the connection breaks in the middle of them, the rest is asked for again.</summary>
internal sealed class S3Object : Stream
{
    private const int Attempts = 5;

    private readonly IAmazonS3 _client;
    private readonly S3Failure _failure;
    private readonly string _bucket;
    private readonly string _key;
    private GetObjectResponse _answer;
    private long _position;

    private S3Object(IAmazonS3 client, S3Failure failure, string bucket, string key, GetObjectResponse answer)
    {
        (_client, _failure, _bucket, _key, _answer) = (client, failure, bucket, key, answer);
        Length = answer.ContentLength;
    }

    public static async Task<S3Object> OpenAsync(IAmazonS3 client, S3Failure failure, string bucket, string key, CancellationToken cancellationToken) =>
        new(client, failure, bucket, key, await client.GetObjectAsync(bucket, key, cancellationToken));

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length { get; }

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var count = await _answer.ResponseStream.ReadAsync(buffer, cancellationToken);
                if (count == 0 && buffer.Length > 0 && _position < Length)
                    throw new EndOfStreamException($"the connection ended after {_position} of {Length} bytes");
                _position += count;
                return count;
            }
            catch (Exception broken) when (broken is IOException or HttpRequestException && attempt < Attempts)
            {
                await ResumeAsync(cancellationToken);
            }
            catch (Exception broken) when (S3Failure.IsKnown(broken))
            {
                throw _failure.Explain(broken, "s3:GetObject");
            }
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _answer.Dispose();
        base.Dispose(disposing);
    }

    private async Task ResumeAsync(CancellationToken cancellationToken)
    {
        var rest = new GetObjectRequest { BucketName = _bucket, Key = _key, EtagToMatch = _answer.ETag, ByteRange = new ByteRange(_position, Length - 1) };
        _answer.Dispose();
        try
        {
            _answer = await _client.GetObjectAsync(rest, cancellationToken);
        }
        catch (Exception refused) when (S3Failure.IsKnown(refused))
        {
            throw _failure.Explain(refused, "s3:GetObject");
        }
    }
}
