using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace PhaserAI.Migrations.Tests.Postgres;

/// <summary>
/// Stands between a client and the server, and cuts the first connection at the server's n-th answer that a COMMIT, or
/// another command, is done: the server has done it, and the client is never told.
/// </summary>
internal sealed class CuttingProxy : LoopbackProxy
{
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private readonly byte[] _done;
    private int _commitsLeft;

    public CuttingProxy(string host, int port, int cutAtCommit, string command = "COMMIT")
        : base(host, port)
    {
        _commitsLeft = cutAtCommit;
        // CommandComplete: 'C', its length, the tag with its final zero.
        _done = [(byte)'C', 0, 0, 0, (byte)(4 + command.Length + 1), .. Encoding.ASCII.GetBytes(command), 0];
    }

    /// <summary>Whether the connection has been cut.</summary>
    public bool HasCut => _commitsLeft <= 0;

    /// <summary>Cuts the connections there are, in the middle of whatever they are doing.</summary>
    public void Cut()
    {
        foreach (var client in _clients)
            client.Close();
    }

    protected override void Opened(TcpClient client) => _clients.Add(client);

    protected override async Task AnswerAsync(NetworkStream server, NetworkStream client, CancellationToken end)
    {
        var buffer = new byte[64 * 1024];
        while (await server.ReadAsync(buffer, end) is var count and > 0)
        {
            if (_commitsLeft > 0)
            {
                for (var at = 0; buffer.AsSpan(at, count - at).IndexOf(_done) is var found and >= 0; at += found + _done.Length)
                {
                    if (--_commitsLeft == 0)
                        return;
                }
            }

            await client.WriteAsync(buffer.AsMemory(0, count), end);
        }
    }
}
