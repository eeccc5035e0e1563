using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using PhaserAI.Migrations.Aws;
using Xunit;

namespace PhaserAI.Migrations.Tests.Aws;

/// <summary>Backups in S3: whole or not at all, encrypted, and never in the place of another.</summary>
public sealed class S3BackupStoreTests(MotoServer moto) : IClassFixture<MotoServer>
{
    private const string Name = "backup_20250104_095000.sql";
    private const string Key = "database-backups/" + Name;

    // Three parts, the last one not full.
    private static readonly byte[] Large = RandomNumberGenerator.GetBytes((20 << 20) + 7);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8 << 20)]
    [InlineData((8 << 20) + 1)]
    [InlineData((20 << 20) + 7)]
    public async Task What_is_written_is_read_back(int length)
    {
        var bucket = await moto.CreateBucketAsync();
        var store = moto.Open(bucket);
        await WriteAsync(store, Large.AsMemory(0, length), step: 300_001);

        Assert.Equal(($"s3://{bucket}/database-backups/", $"s3://{bucket}/{Key}"), (store.Address, store.AddressOf(Name)));
        Assert.Equal((Name, (long)length), Assert.Single(await store.ListAsync(Token)) switch { var found => (found.Name, found.Length) });
        Assert.Equal(SHA256.HashData(Large.AsSpan(0, length)), SHA256.HashData(await ReadAsync(store)));
        Assert.Equal(0, await moto.CountUploadsAsync(bucket));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(9 << 20)]
    public async Task An_object_is_encrypted_and_has_checksums(int length)
    {
        var bucket = await moto.CreateBucketAsync();
        await WriteAsync(moto.Open(bucket), Large.AsMemory(0, length));
        var plain = await HeadAsync(bucket);
        Assert.Equal(ServerSideEncryptionMethod.AES256, plain.ServerSideEncryptionMethod);
        Assert.False(string.IsNullOrEmpty(plain.ChecksumSHA256));

        var store = moto.Open(bucket, "arn:aws:kms:eu-central-1:123456789012:key/k");
        await store.DeleteAsync(Name, Token);
        await WriteAsync(store, Large.AsMemory(0, length));
        var kms = await HeadAsync(bucket);
        Assert.Equal(ServerSideEncryptionMethod.AWSKMS, kms.ServerSideEncryptionMethod);
        Assert.Equal("arn:aws:kms:eu-central-1:123456789012:key/k", kms.ServerSideEncryptionKeyManagementServiceKeyId);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(9 << 20)]
    public async Task Of_two_runs_with_one_name_the_first_to_end_wins(int length)
    {
        var bucket = await moto.CreateBucketAsync();
        var store = moto.Open(bucket);
        await using (var slow = await store.CreateAsync(Name, Token))
        {
            await slow.WriteAsync(Large.AsMemory(0, length), Token);
            await WriteAsync(store, "first"u8.ToArray());
            var taken = await Assert.ThrowsAsync<BackupNameTakenException>(() => slow.CompleteAsync(Token));
            Assert.Contains($"s3://{bucket}/{Key}", taken.Message, StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<BackupNameTakenException>(() => store.CreateAsync(Name, Token));
        Assert.Equal("first"u8.ToArray(), await ReadAsync(store));
        Assert.Equal(0, await moto.CountUploadsAsync(bucket));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(20 << 20)]
    public async Task Without_its_completion_nothing_is_left(int length)
    {
        var bucket = await moto.CreateBucketAsync();
        await using (var upload = await moto.Open(bucket).CreateAsync(Name, Token))
            await upload.WriteAsync(Large.AsMemory(0, length), Token);
        Assert.Equal((0, 0), (await moto.CountObjectsAsync(bucket), await moto.CountUploadsAsync(bucket)));
    }

    [Fact]
    public async Task Cancelled_it_leaves_nothing()
    {
        var bucket = await moto.CreateBucketAsync();
        using var cancel = new CancellationTokenSource();
        await using (var upload = await moto.Open(bucket).CreateAsync(Name, Token))
        {
            await upload.WriteAsync(Large, cancel.Token);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload.CompleteAsync(cancel.Token));
        }

        Assert.Equal((0, 0), (await moto.CountObjectsAsync(bucket), await moto.CountUploadsAsync(bucket)));
    }

    [Theory]
    [InlineData(10, "PUT")]
    [InlineData(9 << 20, "<Location>")]
    public async Task A_completion_whose_answer_is_lost_is_not_taken_for_another_runs(int length, string answer)
    {
        var bucket = await moto.CreateBucketAsync();
        // Of a PUT the answer has no text of its own; the encryption is in no other answer before it.
        await using var proxy = new CutOffProxy(moto.Endpoint, answer == "PUT" ? "x-amz-server-side-encryption" : answer);
        var store = moto.Open(bucket, endpoint: proxy.Endpoint);
        await WriteAsync(store, Large.AsMemory(0, length));
        Assert.True(proxy.HasCut);
        Assert.Equal(length, Assert.Single(await store.ListAsync(Token)).Length);
    }

    [Fact]
    public async Task A_read_that_breaks_off_goes_on_where_it_was()
    {
        var bucket = await moto.CreateBucketAsync();
        await WriteAsync(moto.Open(bucket), Large);
        await using var proxy = new CutOffProxy(moto.Endpoint, after: 10 << 20);
        Assert.Equal(SHA256.HashData(Large), SHA256.HashData(await ReadAsync(moto.Open(bucket, endpoint: proxy.Endpoint))));
        Assert.True(proxy.HasCut);
    }

    [Fact]
    public async Task A_list_has_all_pages_and_no_other_keys()
    {
        var bucket = await moto.CreateBucketAsync();
        string[] others = ["database-backups/", "database-backups/older/backup_20200101_000000.sql", "backup_20250101_000000.sql"];
        var names = Enumerable.Range(0, 1005).Select(number => $"backup_20250101_{number:000000}.sql").ToArray();
        await Parallel.ForEachAsync(
            names.Select(name => "database-backups/" + name).Concat(others),
            Token,
            async (key, token) => await moto.S3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = key, ContentBody = "" }, token));
        Assert.Equal(names, (await moto.Open(bucket).ListAsync(Token)).Select(item => item.Name));
    }

    [Fact]
    public void Parts_grow_so_that_ten_thousand_hold_more_than_two_terabytes()
    {
        Assert.Equal([8 << 20, 8 << 20, 16 << 20, 512 << 20, 512 << 20], ((int[])[1, 1000, 1001, 6001, 10_000]).Select(S3Upload.PartSize));
        Assert.True(Enumerable.Range(1, 10_000).Sum(number => (long)S3Upload.PartSize(number)) > 2_000_000_000_000);
    }

    [Theory]
    [InlineData("phaserai-backups", true)]
    [InlineData("s3://phaserai-backups", false)]
    [InlineData("phaserai-backups/prod", false)]
    [InlineData("PhaserAI", false)]
    public void A_buckets_name_is_told_from_an_address(string text, bool isBucket) => Assert.Equal(isBucket, S3BackupStore.IsBucket(text));

    private static async Task WriteAsync(S3BackupStore store, ReadOnlyMemory<byte> bytes, int step = 1 << 20)
    {
        await using var upload = await store.CreateAsync(Name, Token);
        for (var at = 0; at < bytes.Length; at += step)
            await upload.WriteAsync(bytes.Slice(at, Math.Min(step, bytes.Length - at)), Token);
        await upload.CompleteAsync(Token);
    }

    private static async Task<byte[]> ReadAsync(S3BackupStore store)
    {
        await using var stream = await store.OpenAsync(Name, Token);
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, Token);
        return bytes.ToArray();
    }

    private Task<GetObjectMetadataResponse> HeadAsync(string bucket) =>
        moto.S3.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = bucket, Key = Key, ChecksumMode = ChecksumMode.ENABLED }, Token);
}
