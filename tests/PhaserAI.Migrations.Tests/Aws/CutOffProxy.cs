using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PhaserAI.Migrations.Tests.Aws;

/// <summary>Stands between a client and a server of HTTP and breaks one connection: where the server's answer has a text, or has got so far.</summary>
internal sealed class CutOffProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Uri _server;
    private readonly byte[]? _text;
    private readonly long _after;
    private readonly Task _serving;
    private int _cuts;

    public CutOffProxy(string server, string? text = null, long after = long.MaxValue)
    {
        (_server, _text, _after) = (new Uri(server), text is null ? null : Encoding.ASCII.GetBytes(text), after);
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Endpoint => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>The small packets of the clients: their requests' headers are among them.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    public bool HasCut => _cuts > 0;

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
        using (var server = new TcpClient())
        {
            try
            {
                await server.ConnectAsync(_server.Host, _server.Port, _end.Token);
                await Task.WhenAny(AskAsync(client.GetStream(), server.GetStream()), AnswerAsync(server.GetStream(), client.GetStream()));
            }
            catch (Exception broken) when (broken is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
            }
        }
    }

    private async Task AskAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, _end.Token) is var count and > 0)
        {
            if (count < 8 * 1024)
                Requests.Enqueue(Encoding.Latin1.GetString(buffer, 0, count));
            await to.WriteAsync(buffer.AsMemory(0, count), _end.Token);
        }
    }

    private async Task AnswerAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[16 * 1024];
        for (var passed = 0L; await from.ReadAsync(buffer, _end.Token) is var count and > 0; passed += count)
        {
            if ((passed > _after || (_text is not null && buffer.AsSpan(0, count).IndexOf(_text) >= 0)) && Interlocked.CompareExchange(ref _cuts, 1, 0) == 0)
                return;
            await to.WriteAsync(buffer.AsMemory(0, count), _end.Token);
        }
    }
}
