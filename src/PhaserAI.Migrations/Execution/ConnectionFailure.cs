using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>Turns a failure to connect into a sentence that helps, without the password.</summary>
internal static class ConnectionFailure
{
    private const string CheckHost = "Check the host and the port (DB_HOST and DB_PORT, or DATABASE_URL)";
    private const string SetPassword = "Set DB_PASSWORD, or keep it in ~/.pgpass.";

    /// <param name="failure">What was thrown.</param>
    /// <param name="settings">What was tried.</param>
    /// <param name="mend">What to do when the login is refused; null where it came from the settings.</param>
    public static async Task<ConnectionFailedException> ExplainAsync(Exception failure, NpgsqlConnectionStringBuilder settings, string? mend)
    {
        var server = $"{settings.Host}:{settings.Port.ToString(CultureInfo.InvariantCulture)}";
        var (message, next) = failure switch
        {
            PostgresException refused => Refused(refused, settings, server),
            _ when failure is TimeoutException || failure.InnerException is TimeoutException => (
                $"no answer from {server} within {settings.Timeout} s",
                $"{CheckHost}, and whether a firewall or security group lets you through."),
            _ when failure.InnerException is AuthenticationException && await TlsDiagnosis.FindAsync(settings).ConfigureAwait(false) is { } found => found,
            _ => Broken(failure, settings, server),
        };
        // Beside a wrong password RDS refuses a token that it does not accept: "PAM authentication failed" (28000).
        if (mend is not null && failure is PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } login && !IsUnencrypted(login))
            next = mend;
        return new ConnectionFailedException(message, next, failure);
    }

    /// <summary>Whether it may be gone in a moment: the server starts, is paused, or another one takes its place.</summary>
    public static bool IsPassing(ConnectionFailedException failure) => failure.InnerException is PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow }
        or TimeoutException
        or { InnerException: TimeoutException or SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.TimedOut } };

    /// <summary>The connection broke outside of any migration: while reading the history or waiting for the lock.</summary>
    public static ConnectionFailedException Lost(Exception failure) => new(
        $"the connection to the server was lost: {(failure as PostgresException)?.MessageText ?? failure.InnerException?.Message ?? failure.Message}",
        failure is PostgresException { MessageText: "query_wait_timeout" } // PgBouncer's
            ? "A run through a pooler needs two connections of the pool at once: raise default_pool_size, or connect to the server itself."
            : "Run the command again once the server answers; it goes on where the history ends.",
        failure);

    private static (string Message, string Next) Broken(Exception failure, NpgsqlConnectionStringBuilder settings, string server) => failure.InnerException switch
    {
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => (
            $"no PostgreSQL server listens at {server}: connection refused", $"{CheckHost}, and that the server runs."),
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } => (
            $"the host name {settings.Host} is not known", "Check the host's name (DB_HOST, or DATABASE_URL)."),
        SocketException socket => ($"can't connect to {server}: {socket.Message}", $"{CheckHost}."),
        AuthenticationException tls => (
            $"the TLS connection to {server} was refused: {tls.InnerException?.Message ?? tls.Message}",
            "Check the root certificate (DB_SSLROOTCERT) and that the host name is the one in the server's certificate."),
        EndOfStreamException => (
            $"{server} ended the connection at once: it is no PostgreSQL server, or it is going down", $"{CheckHost}."),

        // Npgsql has no types for these two.
        _ when Reason(failure).StartsWith("No password", StringComparison.Ordinal) => (
            $"{server} wants a password for user {settings.Username}, and none is set", SetPassword),
        _ when Reason(failure).StartsWith("SSL connection requested", StringComparison.Ordinal) => (
            $"{server} offers no TLS, and the TLS mode {ModeOf(settings)} demands it",
            "Turn TLS on in the server; or, if the network between is trusted, set DB_SSLMODE=prefer."),
        _ => ($"can't connect to {server}: {Reason(failure)}", "Check the connection settings."),
    };

    private static (string Message, string Next) Refused(PostgresException refused, NpgsqlConnectionStringBuilder settings, string server) => refused.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword => (
            $"{server} refused the password of user {settings.Username}",
            string.IsNullOrEmpty(settings.Password) ? SetPassword : "Check the user and the password (DB_USER and DB_PASSWORD, or DATABASE_URL)."),
        // "no pg_hba.conf entry for …, no encryption", before PostgreSQL 14 ", SSL off"
        PostgresErrorCodes.InvalidAuthorizationSpecification when IsUnencrypted(refused) => (
            $"{server} takes encrypted connections only: {refused.MessageText}", "Set DB_SSLMODE=verify-full, and DB_SSLROOTCERT to the root certificates of its provider."),
        PostgresErrorCodes.InvalidAuthorizationSpecification => (
            $"{server} refused user {settings.Username}: {refused.MessageText}", "Check the user (DB_USER), and the server's pg_hba.conf."),
        PostgresErrorCodes.InvalidCatalogName => (
            $"{server} has no database {settings.Database}",
            $"Check DB_NAME, or create it: createdb -h {settings.Host} -p {settings.Port.ToString(CultureInfo.InvariantCulture)} -U {settings.Username} {settings.Database}"),
        PostgresErrorCodes.InsufficientPrivilege => (
            $"user {settings.Username} may not connect to database {settings.Database}: {refused.MessageText}",
            $"Let its owner run: GRANT CONNECT ON DATABASE \"{settings.Database}\" TO \"{settings.Username}\""),
        PostgresErrorCodes.TooManyConnections => (
            $"{server} has no connection to spare: {refused.MessageText}", "Try again later, or end sessions that are idle."),
        PostgresErrorCodes.CannotConnectNow => (
            $"{server} does not take connections yet: {refused.MessageText}", "Try again in a moment."),
        _ => ($"{server} refused the connection: {refused.MessageText} [{refused.SqlState}]", "Check the connection settings."),
    };

    private static bool IsUnencrypted(PostgresException refused) =>
        refused.MessageText.EndsWith("no encryption", StringComparison.Ordinal) || refused.MessageText.EndsWith("SSL off", StringComparison.Ordinal);

    private static string Reason(Exception failure) => (failure.InnerException ?? failure).Message;

    private static string ModeOf(NpgsqlConnectionStringBuilder settings) => settings.SslMode switch
    {
        SslMode.VerifyCA => "verify-ca",
        SslMode.VerifyFull => "verify-full",
        _ => "require",
    };
}
