using System.Net;
using System.Net.Sockets;
using PhaserAI.Migrations.Cli.Output;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>Whether the server's name is known, and whether somebody listens there.</summary>
internal static class NetworkCheck
{
    public static async Task<IReadOnlyList<Finding>> ResolveAsync(Examination of, CancellationToken cancellationToken)
    {
        var host = of.Address!.Host!;
        if (IPAddress.TryParse(host, out _))
            return [Finding.Skipped("the address is a number")];
        try
        {
            var found = await Dns.GetHostAddressesAsync(host, cancellationToken);
            return [Finding.Ok($"{host} is {string.Join(", ", found.Select(address => address.ToString()).Take(4))}")];
        }
        catch (SocketException unknown)
        {
            of.Unreachable = "the server's name is not known";
            return [Finding.Problem($"the host name {host} is not known: {unknown.Message}", $"Check DB_HOST (or DATABASE_URL); a private name is known only within its network. See: getent hosts {host}")];
        }
    }

    public static async Task<IReadOnlyList<Finding>> ConnectAsync(Examination of, CancellationToken cancellationToken)
    {
        var (host, port) = (of.Address!.Host!, of.Address.Port);
        var started = of.Host.TimeProvider.GetTimestamp();
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(host, port, cancellationToken);
            return [Finding.Ok($"{host}:{port} answers ({TextReporter.Duration(of.Host.TimeProvider.GetElapsedTime(started))})")];
        }
        catch (SocketException refused)
        {
            of.Unreachable = "the server can't be reached";
            return refused.SocketErrorCode is SocketError.ConnectionRefused
                ? [Finding.Problem($"nobody listens at {host}:{port}: connection refused", "Check DB_HOST and DB_PORT, that the server runs, and its listen_addresses.")]
                : [Finding.Problem($"{host}:{port} can't be reached: {refused.Message}", "Check DB_HOST and DB_PORT, and the network between.")];
        }
        catch (OperationCanceledException)
        {
            of.Unreachable = "the server can't be reached";
            return [Finding.Problem($"no answer from {host}:{port} within {Examination.Patience.TotalSeconds:0} s", "Check DB_HOST and DB_PORT, and whether a firewall or a security group lets you through.")];
        }
    }
}
