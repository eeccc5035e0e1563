using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PhaserAI.Migrations.Tests.Postgres;

/// <summary>
/// Stands between a client and the server, and cuts the first connection at the server's n-th answer that a COMMIT, or
/// another command, is done: the server has done it, and the client is never told.
/// </summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly string _host;
    private readonly int _port;
    private readonly Task _serving;
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private readonly byte[] _done;
    private int _commitsLeft;

    public CuttingProxy(string host, int port, int cutAtCommit, string command = "COMMIT")
    {
        (_host, _port, _commitsLeft) = (host, port, cutAtCommit);
        // CommandComplete: 'C', its length, the tag with its final zero.
        _done = [(byte)'C', 0, 0, 0, (byte)(4 + command.Length + 1), .. Encoding.ASCII.GetBytes(command), 0];
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Whether the connection has been cut.</summary>
    public bool HasCut => _commitsLeft <= 0;

    /// <summary>Cuts the connections there are, in the middle of whatever they are doing.</summary>
    public void Cut()
    {
        foreach (var client in _clients)
            client.Close();
    }

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
        _clients.Add(client);
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await server.ConnectAsync(_host, _port, _end.Token);
                await Task.WhenAny(CopyAsync(client, server), CopyUntilCutAsync(server, client));
            }
            catch (Exception broken) when (broken is IOException or SocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
            {
            }
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to) => await from.GetStream().CopyToAsync(to.GetStream(), _end.Token);

    private async Task CopyUntilCutAsync(TcpClient from, TcpClient to)
    {
        var buffer = new byte[64 * 1024];
        while (await from.GetStream().ReadAsync(buffer, _end.Token) is var count and > 0)
        {
            if (_commitsLeft > 0)
            {
                for (var at = 0; buffer.AsSpan(at, count - at).IndexOf(_done) is var found and >= 0; at += found + _done.Length)
                {
                    if (--_commitsLeft == 0)
                        return;
                }
            }

            await to.GetStream().WriteAsync(buffer.AsMemory(0, count), _end.Token);
        }
    }
}
