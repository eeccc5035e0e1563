using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PhaserAI.Migrations.Tests.Postgres;

/// <summary>
/// Stands between a client and the server and counts what passes: each message of the server and each packet of the client.
/// At the n-th it stops the client: a packet has reached the server by then, a message has not reached the client. With a
/// text, only the client's packets that hold it count.
/// </summary>
internal sealed class StoppingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly TestDatabase _database;
    private readonly PostgresServer _postgres;
    private readonly int _stopAt;
    private readonly byte[]? _text;
    private readonly Task _serving;
    private int _count;

    public StoppingProxy(PostgresServer postgres, TestDatabase database, int stopAt, string? text = null)
    {
        (_postgres, _database, _stopAt, _text) = (postgres, database, stopAt, text is null ? null : Encoding.ASCII.GetBytes(text));
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>How much has passed.</summary>
    public int Count => _count;

    /// <summary>What stops the client.</summary>
    public Action Stop { get; set; } = () => { };

    /// <summary>The database by way of the proxy. Not to be disposed of.</summary>
    public TestDatabase Through() => new(_postgres, new(_database.ConnectionString) { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port });

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _serving;
        _end.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
                _ = ForwardAsync(await _listener.AcceptTcpClientAsync(_end.Token));
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient { NoDelay = true })
        {
            try
            {
                client.NoDelay = true;
                await server.ConnectAsync(_database.Address.Host!, _database.Address.Port, _end.Token);
                await Task.WhenAny(CopyPacketsAsync(client.GetStream(), server.GetStream()), CopyMessagesAsync(server.GetStream(), client.GetStream()));
            }
            catch (Exception broken) when (broken is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
            }
        }
    }

    private async Task CopyPacketsAsync(NetworkStream client, NetworkStream server)
    {
        var buffer = new byte[64 * 1024];
        while (await client.ReadAsync(buffer, _end.Token) is var count and > 0)
        {
            await server.WriteAsync(buffer.AsMemory(0, count), _end.Token);
            if ((_text is null || buffer.AsSpan(0, count).IndexOf(_text) >= 0) && Interlocked.Increment(ref _count) == _stopAt)
                Stop();
        }
    }

    private async Task CopyMessagesAsync(NetworkStream server, NetworkStream client)
    {
        // A kind, then a length that counts itself (manual, 55.7).
        var buffer = new byte[64 * 1024];
        while (true)
        {
            await server.ReadExactlyAsync(buffer.AsMemory(0, 5), _end.Token);
            var length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(1)) - 4;
            if (buffer.Length < length + 5)
                Array.Resize(ref buffer, length + 5);
            await server.ReadExactlyAsync(buffer.AsMemory(5, length), _end.Token);
            if (_text is null && Interlocked.Increment(ref _count) == _stopAt)
                Stop();
            await client.WriteAsync(buffer.AsMemory(0, length + 5), _end.Token);
        }
    }
}
