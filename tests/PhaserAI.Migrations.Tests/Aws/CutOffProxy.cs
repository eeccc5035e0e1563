using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using PhaserAI.Migrations.Tests.Postgres;

namespace PhaserAI.Migrations.Tests.Aws;

/// <summary>Breaks one connection between a client and a server of HTTP: where the server's answer has a text, or has got so far.</summary>
internal sealed class CutOffProxy(string server, string? text = null, long after = long.MaxValue) : LoopbackProxy(new Uri(server).Host, new Uri(server).Port)
{
    private readonly byte[]? _text = text is null ? null : Encoding.ASCII.GetBytes(text);
    private int _cuts;

    public string Endpoint => $"http://127.0.0.1:{Port}";

    /// <summary>The small packets of the clients: their requests' headers are among them.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    public bool HasCut => _cuts > 0;

    protected override async Task AskAsync(NetworkStream client, NetworkStream server, CancellationToken end)
    {
        var buffer = new byte[64 * 1024];
        while (await client.ReadAsync(buffer, end) is var count and > 0)
        {
            if (count < 8 * 1024)
                Requests.Enqueue(Encoding.Latin1.GetString(buffer, 0, count));
            await server.WriteAsync(buffer.AsMemory(0, count), end);
        }
    }

    protected override async Task AnswerAsync(NetworkStream server, NetworkStream client, CancellationToken end)
    {
        var buffer = new byte[16 * 1024];
        for (var passed = 0L; await server.ReadAsync(buffer, end) is var count and > 0; passed += count)
        {
            if ((passed > after || (_text is not null && buffer.AsSpan(0, count).IndexOf(_text) >= 0)) && Interlocked.CompareExchange(ref _cuts, 1, 0) == 0)
                return;
            await client.WriteAsync(buffer.AsMemory(0, count), end);
        }
    }
}
