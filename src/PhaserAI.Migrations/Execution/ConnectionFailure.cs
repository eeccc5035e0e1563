using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>Turns a failure to connect into a sentence that helps, without the password.</summary>
internal static class ConnectionFailure
{
    public static ConnectionFailedException Explain(Exception failure, NpgsqlConnectionStringBuilder settings)
    {
        var server = $"{settings.Host}:{settings.Port}";
        if (failure is PostgresException refused)
            return Explain(refused, settings, server);
        if (failure is TimeoutException || failure.InnerException is TimeoutException)
        {
            return new ConnectionFailedException(
                $"no answer from {server} within {settings.Timeout} s",
                "Check host, port, and whether a firewall or security group lets you through.",
                failure);
        }

        return failure.InnerException switch
        {
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } => new ConnectionFailedException(
                $"no PostgreSQL server listens at {server}: connection refused",
                "Check DB_HOST and DB_PORT, and that the server runs.",
                failure),
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } => new ConnectionFailedException(
                $"the host name {settings.Host} is not known",
                "Check DB_HOST.",
                failure),
            AuthenticationException tls => new ConnectionFailedException(
                $"the TLS connection to {server} was refused: {tls.InnerException?.Message ?? tls.Message}",
                "Check the root certificate (DB_SSLROOTCERT) and that the host name is the one in the server's certificate.",
                failure),
            SocketException socket => new ConnectionFailedException(
                $"can't connect to {server}: {socket.Message}", "Check DB_HOST and DB_PORT.", failure),
            _ => new ConnectionFailedException(
                $"can't connect to {server}: {failure.InnerException?.Message ?? failure.Message}", "Check the connection settings.", failure),
        };
    }

    private static ConnectionFailedException Explain(PostgresException refused, NpgsqlConnectionStringBuilder settings, string server)
    {
        var (message, next) = refused.SqlState switch
        {
            PostgresErrorCodes.InvalidPassword => (
                $"{server} refused the password of user {settings.Username}",
                string.IsNullOrEmpty(settings.Password) ? "Set DB_PASSWORD." : "Check DB_USER and DB_PASSWORD."),
            PostgresErrorCodes.InvalidAuthorizationSpecification => (
                $"{server} refused user {settings.Username}: {refused.MessageText}", "Check DB_USER, and the server's pg_hba.conf."),
            PostgresErrorCodes.InvalidCatalogName => (
                $"{server} has no database {settings.Database}", $"Create it with: createdb -h {settings.Host} -p {settings.Port} -U {settings.Username} {settings.Database}"),
            PostgresErrorCodes.TooManyConnections => (
                $"{server} has no connection to spare: {refused.MessageText}", "Try again later, or end sessions that are idle."),
            PostgresErrorCodes.CannotConnectNow => (
                $"{server} does not take connections yet: {refused.MessageText}", "Try again in a moment."),
            _ => ($"{server} refused the connection: {refused.MessageText} ({refused.SqlState})", "Check the connection settings."),
        };
        return new ConnectionFailedException(message, next, refused);
    }
}
