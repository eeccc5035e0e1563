using System.Data;
using System.Text;
using Npgsql;
using PhaserAI.Migrations.Planning;

namespace PhaserAI.Migrations.Execution;

/// <summary>Opens connections with the settings that migrations need.</summary>
internal static class MigrationConnection
{
    /// <summary>
    /// Opens a connection of its own; a caller's pool is never touched. Each setting is there because its default was
    /// measured to break something: a pool's reset in the middle, statements cut off after 30 s, a cancel that is reported
    /// although the server commits, a failing statement that stays unknown.
    /// </summary>
    /// <exception cref="ConnectionFailedException">With a sentence on why.</exception>
    public static async Task<NpgsqlConnection> OpenAsync(string connectionString, CancellationToken cancellationToken) =>
        await OpenAsync(Settings(connectionString), null, cancellationToken).ConfigureAwait(false);

    /// <summary>As above, with <see cref="MigrationOptions.Login"/>.</summary>
    /// <exception cref="ConnectionFailedException">With a sentence on why.</exception>
    public static Task<NpgsqlConnection> OpenAsync(MigrationOptions options, CancellationToken cancellationToken) =>
        OpenAsync(options.ConnectionString, options.Login, options.TimeProvider, cancellationToken);

    /// <summary>As above.</summary>
    /// <exception cref="ConnectionFailedException">With a sentence on why.</exception>
    public static async Task<NpgsqlConnection> OpenAsync(
        string connectionString, Func<CancellationToken, ValueTask<DatabaseLogin>>? read, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (read is null)
            return await OpenAsync(connectionString, cancellationToken).ConfigureAwait(false);
        var login = await read(cancellationToken).ConfigureAwait(false);
        for (var wait = TimeSpan.FromSeconds(1); ; wait *= 2)
        {
            try
            {
                return await OpenAsync(With(login), login.Mend, cancellationToken).ConfigureAwait(false);
            }
            // In a rotation the database has the new password some seconds before the secret does.
            catch (ConnectionFailedException refused) when (wait <= Patience && refused.InnerException is PostgresException { SqlState: PostgresErrorCodes.InvalidPassword })
            {
                var before = login;
                login = await read(cancellationToken).ConfigureAwait(false);
                if (login == before)
                {
                    await Task.Delay(wait, clock, cancellationToken).ConfigureAwait(false);
                    login = await read(cancellationToken).ConfigureAwait(false);
                }
            }
        }

        NpgsqlConnectionStringBuilder With(DatabaseLogin login)
        {
            var settings = Settings(connectionString);
            (settings.Username, settings.Password) = (login.User, login.Password);
            return settings;
        }
    }

    private static async Task<NpgsqlConnection> OpenAsync(NpgsqlConnectionStringBuilder settings, string? mend, CancellationToken cancellationToken)
    {
        var builder = new NpgsqlSlimDataSourceBuilder(settings.ConnectionString);
        builder.EnableTransportSecurity();
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        var source = builder.Build();
        await using (source.ConfigureAwait(false))
        {
            try
            {
                return await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is NpgsqlException or TimeoutException or IOException or ArgumentException)
            {
                throw await ConnectionFailure.ExplainAsync(failure, settings, mend).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The longest wait for a secret that is being rotated; 1, 2 and 4 s make 7.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>One call on a connection of its own; the scripts are read while it is being made and the history is read.</summary>
    public static async Task<T> UseAsync<T>(
        MigrationOptions options, Func<NpgsqlConnection, Task<ScriptSet>, Task<T>> use, CancellationToken cancellationToken)
    {
        var loading = Task.Run(() => ScriptSet.Load(options.Directory, options.DirectoryLabel ?? options.Directory, options.Environment), CancellationToken.None);
        var connection = await OpenPatientlyAsync(options, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            try
            {
                return await use(connection, loading).ConfigureAwait(false);
            }
            // Npgsql's own error when it has found the connection broken between two commands
            catch (Exception lost) when (lost is NpgsqlException or InvalidOperationException && connection.FullState is not ConnectionState.Open)
            {
                throw ConnectionFailure.Lost(lost);
            }
        }
    }

    /// <summary>Tries again while the server takes no connections at all.</summary>
    private static async Task<NpgsqlConnection> OpenPatientlyAsync(MigrationOptions options, CancellationToken cancellationToken)
    {
        var started = options.TimeProvider.GetTimestamp();
        for (var pause = TimeSpan.FromMilliseconds(250); ; pause = pause < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return await OpenAsync(options, cancellationToken).ConfigureAwait(false);
            }
            catch (ConnectionFailedException away) when (ConnectionFailure.IsPassing(away) && options.HasTime && options.TimeProvider.GetElapsedTime(started) + pause <= options.ConnectRetry)
            {
                await Task.Delay(pause, options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>By this in its application_name a session of this tool is known, also when its runner is gone.</summary>
    public const string Mark = "phaserai-migrate";

    /// <summary>The user's own name is kept; the server cuts names at 63 bytes.</summary>
    private static string Marked(string? name)
    {
        if (string.IsNullOrWhiteSpace(name))
            return Mark;
        if (name.Contains(Mark, StringComparison.Ordinal))
            return name;
        var suffix = $" ({Mark})";
        while (Encoding.UTF8.GetByteCount(name) + suffix.Length > 63)
            name = name[..^1];
        return name + suffix;
    }

    private static NpgsqlConnectionStringBuilder Settings(string connectionString)
    {
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(connectionString)
            {
                Pooling = false,
                NoResetOnClose = true,
                CommandTimeout = 0,
                CancellationTimeout = 0,
                IncludeFailedBatchedCommand = true,
                IncludeErrorDetail = true,
                KeepAlive = 30,
                Multiplexing = false,
            };
            settings.ApplicationName = Marked(settings.ApplicationName);
            // KeepAlive asks only while no statement runs. On a silent way (a NAT gateway forgets a connection after 350 s, a host that failed over says
            // nothing) the system asks; a peer that is gone is noticed after 60 + 9 × 10 s. A Unix-domain socket refuses the options.
            if (!settings.TcpKeepAlive && settings.Host?.Split(',').Any(host => host.Trim() is ['/' or '@', ..]) is not true)
                (settings.TcpKeepAlive, settings.TcpKeepAliveTime, settings.TcpKeepAliveInterval) = (true, 60, 10);
            return settings;
        }
        catch (ArgumentException unreadable)
        {
            throw new ConnectionFailedException(
                "the connection string can't be read: " + unreadable.Message.Split('\n')[0],
                "Correct it; DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASSWORD do without one.",
                unreadable);
        }
    }
}
