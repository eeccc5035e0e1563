using System.Net.Sockets;
using System.Text;

namespace PhaserAI.Migrations.Tests.Postgres;

/// <summary>
/// Stands between a client and the server and counts what passes: each message of the server and each packet of the client.
/// At the n-th it stops the client: a packet has reached the server by then, a message has not reached the client. With a
/// text, only the client's packets that hold it count.
/// </summary>
internal sealed class StoppingProxy(PostgresServer postgres, TestDatabase database, int stopAt, string? text = null)
    : LoopbackProxy(database.Address.Host!, database.Address.Port)
{
    private readonly byte[]? _text = text is null ? null : Encoding.ASCII.GetBytes(text);
    private int _count;

    /// <summary>How much has passed.</summary>
    public int Count => _count;

    /// <summary>What stops the client.</summary>
    public Action Stop { get; set; } = () => { };

    /// <summary>The database by way of the proxy. Not to be disposed of.</summary>
    public TestDatabase Through() => new(postgres, new(database.ConnectionString) { Host = "127.0.0.1", Port = Port });

    protected override async Task AskAsync(NetworkStream client, NetworkStream server, CancellationToken end)
    {
        var buffer = new byte[64 * 1024];
        while (await client.ReadAsync(buffer, end) is var count and > 0)
        {
            await server.WriteAsync(buffer.AsMemory(0, count), end);
            if ((_text is null || buffer.AsSpan(0, count).IndexOf(_text) >= 0) && Interlocked.Increment(ref _count) == stopAt)
                Stop();
        }
    }

    protected override async Task AnswerAsync(NetworkStream server, NetworkStream client, CancellationToken end)
    {
        // A kind, then a length that counts itself (manual, 55.7).
        var buffer = new byte[64 * 1024];
        while (true)
        {
            await server.ReadExactlyAsync(buffer.AsMemory(0, 5), end);
            var length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(1)) - 4;
            if (buffer.Length < length + 5)
                Array.Resize(ref buffer, length + 5);
            await server.ReadExactlyAsync(buffer.AsMemory(5, length), end);
            if (_text is null && Interlocked.Increment(ref _count) == stopAt)
                Stop();
            await client.WriteAsync(buffer.AsMemory(0, length + 5), end);
        }
    }
}
