using System.Reflection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace PhaserAI.Migrations.Hosting;

/// <summary>
/// The migrations of an application's database, as <see cref="PostgresMigrationsExtensions"/> has registered them: for a program that
/// applies them at a moment of its own choice.
/// </summary>
public sealed class PostgresMigrations
{
    private readonly DatabaseSource _database;
    private readonly IHostEnvironment? _host;
    private readonly ILogger _logger;

    internal PostgresMigrations(DatabaseSource database, PostgresMigrationsOptions settings, IHostEnvironment? host, ILogger logger, TimeProvider clock) =>
        (_database, Settings, _host, _logger, Clock) = (database, settings, host, logger, clock);

    internal PostgresMigrationsOptions Settings { get; }

    /// <summary>The application's, for the health check. A run keeps the system's: with a clock that a test holds, it would wait for ever.</summary>
    internal TimeProvider Clock { get; }

    /// <summary>Applies what is pending, under the lock that all runs of this database take. What happens is logged.</summary>
    /// <returns>What was done; it has succeeded.</returns>
    /// <exception cref="DatabaseNotMigratedException">A migration failed or was refused, or there was no connection or no lock.</exception>
    public Task<MigrationReport> UpAsync(CancellationToken cancellationToken = default) => ExplainAsync(async () =>
    {
        var options = await OptionsAsync(cancellationToken).ConfigureAwait(false);
        var report = await new Migrator(options, new LoggedProgress(_logger)).UpAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        foreach (var finding in report.Plan.Findings)
            MigrationLog.Finding(_logger, finding.File, finding.Line, finding.Message, finding.Mend);
        foreach (var skipped in report.Plan.Skipped)
            MigrationLog.Skipped(_logger, skipped.FileName, string.Join(", ", skipped.Environments), options.Environment ?? "none of them");
        report.EnsureSucceeded();
        if (report.Status is { Migrations.IsEmpty: true })
            MigrationLog.Empty(_logger, options.Directory);
        MigrationLog.Finished(_logger, report.Finished.Length, report.Status?.Count(MigrationState.Applied) ?? 0);
        return report;
    });

    /// <summary>Where every migration stands. Writes nothing and takes no lock.</summary>
    /// <exception cref="DatabaseNotMigratedException">There is no connection, or the history can't be read.</exception>
    public Task<MigrationStatus> GetStatusAsync(CancellationToken cancellationToken = default) => ExplainAsync(async () =>
    {
        var options = await OptionsAsync(cancellationToken).ConfigureAwait(false) with { ConnectRetry = TimeSpan.Zero };
        return await new Migrator(options).GetStatusAsync(cancellationToken).ConfigureAwait(false);
    });

    private static async Task<T> ExplainAsync<T>(Func<Task<T>> run)
    {
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (MigrationException failure)
        {
            throw Explain(failure);
        }
        catch (NpgsqlException failure)
        {
            throw new DatabaseNotMigratedException(
                (failure as PostgresException)?.MessageText ?? (failure.InnerException ?? failure).Message,
                "Mend what the server says, and start the application again; it goes on where the history ends.",
                failure);
        }
    }

    private async ValueTask<MigrationOptions> OptionsAsync(CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(Settings.Directory, AppContext.BaseDirectory);
        if (!Directory.Exists(folder))
        {
            throw new DatabaseNotMigratedException(
                $"there is no folder {folder}",
                $"Have the migrations copied beside the program: <None Update=\"{Settings.Directory}/**\" CopyToOutputDirectory=\"PreserveNewest\" />; or set Directory in AddPostgresMigrations.");
        }

        var options = new MigrationOptions
        {
            ConnectionString = _database.ConnectionString,
            Login = await _database.FindLoginAsync(cancellationToken).ConfigureAwait(false),
            Directory = folder,
            DirectoryLabel = Settings.Directory,
            HistorySchema = Settings.HistorySchema,
            Drift = Settings.Drift ?? (_host?.IsDevelopment() is true ? DriftPolicy.Lenient : DriftPolicy.Strict with { Missing = DriftAction.Warn }),
            LockWait = Settings.LockWait,
            ConnectRetry = Settings.ConnectRetry,
            Environment = Settings.Environment ?? EnvironmentOf(_host?.EnvironmentName),
            Tool = $"{_host?.ApplicationName ?? "application"}, PhaserAI.Migrations.Hosting {Version(typeof(PostgresMigrations).Assembly)[0]}",
            OperatingSystemUser = Environment.UserName,
            GitCommit = Assembly.GetEntryAssembly() is { } program && Version(program) is [_, { Length: 40 } commit] ? commit : null,
        };
        return Settings.Adjust?.Invoke(options) ?? options;
    }

    /// <summary>The library's next steps are those of the command line.</summary>
    private static DatabaseNotMigratedException Explain(MigrationException failure) => new(
        failure.Message,
        failure switch
        {
            RunFailedException => failure.Next
                .Replace("run it again", "start the application again", StringComparison.Ordinal)
                .Replace("Run it again", "Start the application again", StringComparison.Ordinal),
            LockNotAcquiredException => "Start it again when that run is done; LockWait in AddPostgresMigrations waits longer.",
            ConnectionFailedException => "Check the connection that AddPostgresMigrations was given, and that the server runs.",
            _ => failure.Next,
        },
        failure);

    private static string? EnvironmentOf(string? host) => host?.ToLowerInvariant() switch
    {
        "development" or "dev" => "dev",
        "production" or "prod" => "prod",
        "staging" => "staging",
        "test" or "testing" => "test",
        _ => null,
    };

    /// <summary>The version, and after it the commit, where the build has recorded one.</summary>
    private static string[] Version(Assembly assembly) =>
        (assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+');
}
