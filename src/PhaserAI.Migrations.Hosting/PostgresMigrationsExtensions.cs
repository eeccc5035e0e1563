using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace PhaserAI.Migrations.Hosting;

/// <summary>Adds migrations to an application.</summary>
[SuppressMessage("ApiDesign", "RS0026", Justification = "What the overloads require tells them apart, so a new optional parameter makes no call ambiguous.")]
public static class PostgresMigrationsExtensions
{
    /// <summary>
    /// Has a database migrated when the application starts, before the web server and its other services do; several starts at once wait for
    /// each other. A migration that fails ends the start with a <see cref="DatabaseNotMigratedException"/>.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="connectionString">An Npgsql connection string, of a user that may change the schema.</param>
    /// <param name="configure">Changes the options.</param>
    /// <exception cref="InvalidOperationException">It was called before: an application has one database to migrate.</exception>
    public static IServiceCollection AddPostgresMigrations(
        this IServiceCollection services, string connectionString, Action<PostgresMigrationsOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        return services.Add(_ => new DatabaseSource(connectionString), configure);
    }

    /// <summary>
    /// As above, for the database of a data source. Its pool is not used, because migrations need connections of their own; its password
    /// provider is, its callbacks for TLS are not.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="dataSource">Of a user that may change the schema.</param>
    /// <param name="configure">Changes the options.</param>
    /// <exception cref="InvalidOperationException">As above.</exception>
    public static IServiceCollection AddPostgresMigrations(
        this IServiceCollection services, NpgsqlDataSource dataSource, Action<PostgresMigrationsOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        return services.Add(_ => new DatabaseSource(dataSource), configure);
    }

    /// <summary>As above, for the database of the registered <see cref="NpgsqlDataSource"/>.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the options.</param>
    /// <exception cref="InvalidOperationException">As above.</exception>
    public static IServiceCollection AddPostgresMigrations(this IServiceCollection services, Action<PostgresMigrationsOptions>? configure = null) =>
        services.Add(provider => new DatabaseSource(provider.GetRequiredService<NpgsqlDataSource>()), configure);

    /// <summary>
    /// Adds a health check of the migrations that the services' AddPostgresMigrations has set up: healthy when none is pending.
    /// </summary>
    /// <param name="builder">What AddHealthChecks returns.</param>
    /// <param name="name">Its name.</param>
    /// <param name="failureStatus">What is reported when a migration is pending or the server can't be asked; null means unhealthy.</param>
    /// <param name="tags">For filters.</param>
    /// <param name="timeout">After which it is cancelled; null waits as long as the connection does.</param>
    public static IHealthChecksBuilder AddPostgresMigrations(
        this IHealthChecksBuilder builder,
        string name = "migrations",
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(name, FindCheck, failureStatus, tags, timeout));
    }

    private static IServiceCollection Add(
        this IServiceCollection services, Func<IServiceProvider, DatabaseSource> database, Action<PostgresMigrationsOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(service => service.ServiceType == typeof(PostgresMigrations)))
            throw new InvalidOperationException("AddPostgresMigrations was called before. An application has one database to migrate; use a Migrator for another one.");
        services.AddSingleton(provider =>
        {
            var settings = new PostgresMigrationsOptions();
            configure?.Invoke(settings);
            return new PostgresMigrations(
                database(provider),
                settings,
                provider.GetService<IHostEnvironment>(),
                (provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger(MigrationTelemetry.Name),
                provider.GetService<TimeProvider>() ?? TimeProvider.System);
        });
        services.AddSingleton(provider => new PendingMigrationsCheck(provider.GetRequiredService<PostgresMigrations>()));
        services.AddSingleton<IHostedService>(provider => new MigrateBeforeStart(provider.GetRequiredService<PostgresMigrations>()));
        return services;
    }

    private static PendingMigrationsCheck FindCheck(IServiceProvider provider) => provider.GetService<PendingMigrationsCheck>()
        ?? throw new InvalidOperationException("This health check asks what services.AddPostgresMigrations(…) has set up: call that too.");
}
