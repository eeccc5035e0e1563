using System.Net;
using System.Net.Sockets;

namespace PhaserAI.Migrations.Tests.Postgres;

/// <summary>Stands between clients and a server, on a free port of the loopback interface; what passes is up to those that derive from it.</summary>
internal abstract class LoopbackProxy : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _end = new();
    private readonly string _host;
    private readonly int _port;
    private readonly Task _serving;

    /// <param name="host">The server's host.</param>
    /// <param name="port">Its port.</param>
    /// <param name="own">The proxy's own port; 0 for a free one.</param>
    protected LoopbackProxy(string host, int port, int own = 0)
    {
        (_host, _port, _listener) = (host, port, new TcpListener(IPAddress.Loopback, own));
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _serving;
        _end.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Passes on what a client sends. When it returns, both connections are closed.</summary>
    protected virtual Task AskAsync(NetworkStream client, NetworkStream server, CancellationToken end) => client.CopyToAsync(server, end);

    /// <summary>Passes on what the server answers. When it returns, both connections are closed.</summary>
    protected virtual Task AnswerAsync(NetworkStream server, NetworkStream client, CancellationToken end) => server.CopyToAsync(client, end);

    /// <summary>A client has come.</summary>
    protected virtual void Opened(TcpClient client)
    {
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
        Opened(client);
        using (client)
        using (var server = new TcpClient { NoDelay = true })
        {
            try
            {
                client.NoDelay = true;
                await server.ConnectAsync(_host, _port, _end.Token);
                await Task.WhenAny(AskAsync(client.GetStream(), server.GetStream(), _end.Token), AnswerAsync(server.GetStream(), client.GetStream(), _end.Token));
            }
            catch (Exception broken) when (broken is IOException or SocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
            {
            }
        }
    }
}
