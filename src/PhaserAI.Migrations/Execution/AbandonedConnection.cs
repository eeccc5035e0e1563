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
    /// <summary>Prepares for it; the client's port as the server sees it, which is this side's own where nothing translates addresses.</summary>
    public static async Task<int?> FindPortAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Sql = """
            select inet_client_port(),
                   (select set_config(name, '0', false) from pg_settings where name = 'client_connection_check_interval' and setting <> '0')
            """;
        var command = new NpgsqlCommand(Sql, connection);
        await using (command.ConfigureAwait(false))
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as int?;
    }

    /// <summary>Shuts down the socket of this process that has that port on its own side.</summary>
    /// <returns>False when there is none: then the statement runs on, and so does the waiting for it.</returns>
    public static bool TryShutDown(int? port)
    {
        if (port is null || !OperatingSystem.IsLinux())
            return false;
        try
        {
            var sockets = FindInodes(port.Value).Select(inode => $"socket:[{inode}]").ToHashSet(StringComparer.Ordinal);
            foreach (var descriptor in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
            {
                if (new FileInfo(descriptor).LinkTarget is { } target && sockets.Contains(target))
                {
                    ShutDown(nint.Parse(Path.GetFileName(descriptor), CultureInfo.InvariantCulture));
                    return true;
                }
            }
        }
        catch (Exception gone) when (gone is SocketException or IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // It was closed in this very moment.
        }

        return false;
    }

    /// <summary>Both directions end, and the socket stays open: Npgsql closes it when it finds that nothing comes any more.</summary>
    private static void ShutDown(nint descriptor) =>
        new Socket(new SafeSocketHandle(descriptor, ownsHandle: false)).Shutdown(SocketShutdown.Both);

    /// <summary>proc(5): the second column is this side's address and port, in hexadecimal digits, the tenth the socket's inode.</summary>
    private static IEnumerable<string> FindInodes(int port)
    {
        var suffix = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        return from table in (string[])["/proc/self/net/tcp", "/proc/self/net/tcp6"]
               where File.Exists(table)
               from line in File.ReadLines(table).Skip(1)
               let columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               where columns.Length > 9 && columns[1].EndsWith(suffix, StringComparison.Ordinal)
               select columns[9];
    }
}
