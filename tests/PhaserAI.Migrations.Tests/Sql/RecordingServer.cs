using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace PhaserAI.Migrations.Tests.Sql;

/// <summary>
/// Speaks PostgreSQL's protocol 3 to one client, accepts every query, runs none, and keeps their texts: so psql itself says
/// where it cuts a script into statements.
/// </summary>
internal sealed partial class RecordingServer : IDisposable
{
    private const int SslRequest = 80877103;
    private const int GssRequest = 80877104;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<string> _queries = [];
    private bool _inTransaction;

    public RecordingServer() => _listener.Start();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    /// <summary>Serves the next client until it leaves, and returns the text of its queries.</summary>
    public async Task<IReadOnlyList<string>> ServeAsync(CancellationToken cancellationToken)
    {
        using var client = await _listener.AcceptTcpClientAsync(cancellationToken);
        client.NoDelay = true;
        await using var stream = client.GetStream();
        await StartAsync(stream, cancellationToken);
        while (await ReadAsync(stream, cancellationToken) is { Type: not 'X' } message)
        {
            if (message.Type == 'Q')
                await AnswerAsync(stream, Text(message.Body), cancellationToken);
        }

        return _queries;
    }

    private static async Task StartAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var length = new byte[4];
        while (true)
        {
            await stream.ReadExactlyAsync(length, cancellationToken);
            var body = new byte[BinaryPrimitives.ReadInt32BigEndian(length) - 4];
            await stream.ReadExactlyAsync(body, cancellationToken);
            if (BinaryPrimitives.ReadInt32BigEndian(body) is not (SslRequest or GssRequest))
                break;
            await stream.WriteAsync("N"u8.ToArray(), cancellationToken);
        }

        await SendAsync(stream, cancellationToken,
            Message('R', [0, 0, 0, 0]),
            Setting("server_version", "15.0"),
            Setting("client_encoding", "UTF8"),
            Setting("standard_conforming_strings", "on"),
            Message('Z', "I"u8));
    }

    private async Task AnswerAsync(NetworkStream stream, string query, CancellationToken cancellationToken)
    {
        _queries.Add(query);
        var head = LeadingTrivia().Replace(query, "");
        var answers = new List<byte[]>();
        if (CopyIn().IsMatch(head))
        {
            await SendAsync(stream, cancellationToken, Message('G', [0, 0, 0]));
            while ((await ReadAsync(stream, cancellationToken))?.Type is 'd')
            {
            }
        }
        else if (CopyOut().IsMatch(head))
        {
            answers.AddRange([Message('H', [0, 0, 0]), Message('c', [])]);
        }

        if (StringSetting().Match(head) is { Success: true } setting)
            answers.Add(Setting("standard_conforming_strings", setting.Groups[1].Value.ToLowerInvariant()));
        if (BeginTransaction().IsMatch(head))
            _inTransaction = true;
        else if (EndTransaction().IsMatch(head))
            _inTransaction = false;
        answers.Add(head.Trim() is "" or ";" ? Message('I', []) : Message('C', Zero("OK")));
        answers.Add(Message('Z', _inTransaction ? "T"u8 : "I"u8));
        await SendAsync(stream, cancellationToken, [.. answers]);
    }

    private static async Task<(char Type, byte[] Body)?> ReadAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var head = new byte[5];
        if (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken) < head.Length)
            return null;
        var body = new byte[BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(1)) - 4];
        await stream.ReadExactlyAsync(body, cancellationToken);
        return ((char)head[0], body);
    }

    private static async Task SendAsync(NetworkStream stream, CancellationToken cancellationToken, params byte[][] messages) =>
        await stream.WriteAsync(messages.SelectMany(static message => message).ToArray(), cancellationToken);

    private static byte[] Message(char type, ReadOnlySpan<byte> body)
    {
        var message = new byte[5 + body.Length];
        message[0] = (byte)type;
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), 4 + body.Length);
        body.CopyTo(message.AsSpan(5));
        return message;
    }

    private static byte[] Setting(string name, string value) => Message('S', [.. Zero(name), .. Zero(value)]);

    private static byte[] Zero(string text) => [.. Encoding.UTF8.GetBytes(text), 0];

    private static string Text(byte[] body) => Encoding.UTF8.GetString(body.AsSpan().TrimEnd((byte)0));

    [GeneratedRegex(@"\A(\s|--[^\n\r]*|/\*([^*]|\*[^/])*\*/)+")]
    private static partial Regex LeadingTrivia();

    [GeneratedRegex(@"\Acopy\b[^']*\bfrom\s+std(in|out)\b", RegexOptions.IgnoreCase)]
    private static partial Regex CopyIn();

    [GeneratedRegex(@"\Acopy\b[^']*\bto\s+std(in|out)\b", RegexOptions.IgnoreCase)]
    private static partial Regex CopyOut();

    [GeneratedRegex(
        @"\A(?:set\s+(?:session\s+|local\s+)?standard_conforming_strings\s*(?:=|to)\s*'?|select\s+(?:pg_catalog\.)?set_config\('standard_conforming_strings',\s*')(on|off)",
        RegexOptions.IgnoreCase)]
    private static partial Regex StringSetting();

    [GeneratedRegex(@"\A(begin|start\s+transaction)\b", RegexOptions.IgnoreCase)]
    private static partial Regex BeginTransaction();

    [GeneratedRegex(@"\A(commit|end|rollback|abort)\b(?!\s+to\b)", RegexOptions.IgnoreCase)]
    private static partial Regex EndTransaction();
}
