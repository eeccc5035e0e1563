using System.Globalization;
using System.Net.Sockets;
using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// Ends a connection without a word. Every way that Npgsql has to end one in the middle of a statement asks the server to cancel it;
/// what must go on (CREATE INDEX CONCURRENTLY) is to notice nothing. A server process sees that its client is gone when it next has to tell it something, which is
/// at the end of the statement. Unless client_connection_check_interval is set (PostgreSQL manual, 20.3.1), which is switched off here.
/// </summary>
internal static class AbandonedConnection
{
    /// <summary>Prepares for it: the connection's socket in this process.</summary>
    /// <returns>Its inode; null where it can't be told from others.</returns>
    public static async Task<string?> FindSocketAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Sql = """
            select inet_client_port(),
                   (select set_config(name, '0', false) from pg_settings where name = 'client_connection_check_interval' and setting <> '0')
            """;
        var command = new NpgsqlCommand(Sql, connection);
        await using (command.ConfigureAwait(false))
        {
            if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not int port || !OperatingSystem.IsLinux())
                return null;
            try
            {
                return Choose(FindOwn(connection.Port), port);
            }
            catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException)
            {
                return null; // the system does not show a process its own sockets
            }
        }
    }

    /// <summary>Shuts the socket down.</summary>
    /// <returns>False when there is none: then the statement runs on, and so does the waiting for it.</returns>
    public static bool TryShutDown(string? inode)
    {
        if (inode is null)
            return false;
        try
        {
            if (Descriptors().FirstOrDefault(own => own.Inode == inode) is { Inode: not null } found)
            {
                ShutDown(found.Descriptor);
                return true;
            }
        }
        catch (Exception gone) when (gone is SocketException or IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // It was closed in this very moment.
        }

        return false;
    }

    /// <summary>
    /// The one that leads to the server; of several, the one whose port the server sees. It sees another where addresses are translated on
    /// the way, as between a Lambda function and its network.
    /// </summary>
    private static string? Choose(IReadOnlyList<(int Port, string Inode)> own, int port) => own switch
    {
        [var only] => only.Inode,
        _ => own.FirstOrDefault(socket => socket.Port == port).Inode,
    };

    /// <summary>Both directions end, and the socket stays open: Npgsql closes it when it finds that nothing comes any more.</summary>
    private static void ShutDown(nint descriptor) =>
        new Socket(new SafeSocketHandle(descriptor, ownsHandle: false)).Shutdown(SocketShutdown.Both);

    /// <summary>
    /// This process's connections to a port. proc(5): the second and the third column are this and the other side's address and port, in
    /// hexadecimal digits, the tenth the socket's inode.
    /// </summary>
    private static List<(int Port, string Inode)> FindOwn(int serverPort)
    {
        var suffix = string.Create(CultureInfo.InvariantCulture, $":{serverPort:X4}");
        var own = Descriptors().Select(descriptor => descriptor.Inode).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. from table in (string[])["/proc/self/net/tcp", "/proc/self/net/tcp6"]
               where File.Exists(table)
               from line in File.ReadLines(table).Skip(1)
               let columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               where columns.Length > 9 && columns[2].EndsWith(suffix, StringComparison.Ordinal) && own.Contains(columns[9])
               select (int.Parse(columns[1].AsSpan(columns[1].IndexOf(':', StringComparison.Ordinal) + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture), columns[9]),
        ];
    }

    /// <summary>This process's sockets.</summary>
    private static IEnumerable<(nint Descriptor, string Inode)> Descriptors()
    {
        const string Socket = "socket:[";
        foreach (var descriptor in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            if (new FileInfo(descriptor).LinkTarget is { } target && target.StartsWith(Socket, StringComparison.Ordinal))
                yield return (nint.Parse(Path.GetFileName(descriptor), CultureInfo.InvariantCulture), target[Socket.Length..^1]);
        }
    }
}
