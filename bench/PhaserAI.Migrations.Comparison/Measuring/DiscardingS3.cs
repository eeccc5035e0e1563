using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PhaserAI.Migrations.Comparison.Measuring;

/// <summary>
/// What an upload to S3 talks to when only the client is to be measured: answers as S3 does to an upload in parts, and keeps nothing. Any server that
/// keeps 2 GB would compete with the client for the processor and the disk of one machine.
/// </summary>
internal sealed class DiscardingS3 : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public DiscardingS3()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture)}";

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                new Thread(() => Serve(client)) { IsBackground = true }.Start();
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
        }
    }

    private static void Serve(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var buffer = new byte[256 * 1024];
                while (ReadHead(stream) is { Length: > 0 } head)
                {
                    if (head.Contains("100-continue", StringComparison.OrdinalIgnoreCase))
                        stream.Write("HTTP/1.1 100 Continue\r\n\r\n"u8);
                    for (var left = LengthOf(head); left > 0;)
                    {
                        var count = stream.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
                        if (count == 0)
                            return;
                        left -= count;
                    }

                    stream.Write(Encoding.ASCII.GetBytes(AnswerTo(head)));
                }
            }
            catch (IOException)
            {
                // The client has gone.
            }
        }
    }

    private static string AnswerTo(string head)
    {
        var call = head[..head.IndexOf('\r', StringComparison.Ordinal)];
        var (status, body) = call switch
        {
            _ when call.StartsWith("POST ", StringComparison.Ordinal) && call.Contains("uploads", StringComparison.Ordinal) => ("200 OK", "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"),
            _ when call.StartsWith("POST ", StringComparison.Ordinal) => ("200 OK", "<CompleteMultipartUploadResult><ETag>\"1\"</ETag></CompleteMultipartUploadResult>"),
            _ when call.StartsWith("PUT ", StringComparison.Ordinal) => ("200 OK", ""),
            _ => ("404 Not Found", ""),
        };
        return $"HTTP/1.1 {status}\r\nETag: \"1\"\r\nContent-Type: application/xml\r\nContent-Length: {body.Length.ToString(CultureInfo.InvariantCulture)}\r\n\r\n{body}";
    }

    /// <summary>Byte by byte: what follows the head is not to be taken with it, and there is one for 8 MB.</summary>
    private static string ReadHead(NetworkStream stream)
    {
        var head = new StringBuilder();
        while (stream.ReadByte() is var next and >= 0)
        {
            head.Append((char)next);
            if (next == '\n' && head.Length >= 4 && head[^4] == '\r' && head[^3] == '\n' && head[^2] == '\r')
                return head.ToString();
        }

        return "";
    }

    private static long LengthOf(string head)
    {
        const string Name = "\nContent-Length:";
        var start = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        return start < 0 ? 0 : long.Parse(head[(start + Name.Length)..head.IndexOf('\r', start)].Trim(), CultureInfo.InvariantCulture);
    }
}
