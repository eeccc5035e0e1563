using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PhaserAI.Migrations.Hosting;

namespace PhaserAI.Migrations.Tests.Hosting;

/// <summary>An application with a hosted service beside its migrations, and what it logs.</summary>
internal sealed class TestApplication : IDisposable
{
    private readonly IHost _host;
    private readonly OtherService _other = new();
    private readonly LogLines _log = new();

    private TestApplication(Action<IServiceCollection> add, string environment)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "words", EnvironmentName = environment });
        builder.Logging.AddProvider(_log).SetMinimumLevel(LogLevel.Debug);
        builder.Services.AddSingleton<TimeProvider>(Clock);
        builder.Services.AddSingleton<IHostedService>(_other); // before the migrations
        add(builder.Services);
        builder.Services.AddHealthChecks().AddPostgresMigrations();
        _host = builder.Build();
    }

    public ManualClock Clock { get; } = new();

    public bool HasStarted => _other.HasStarted;

    /// <summary>What was logged: level, name of the event and text.</summary>
    public IReadOnlyList<string> Log => _log.Lines;

    public PostgresMigrations Migrations => _host.Services.GetRequiredService<PostgresMigrations>();

    public static TestApplication Of(string connectionString, string folder, Action<PostgresMigrationsOptions>? configure = null, string environment = "Production") =>
        new(
            services => services.AddPostgresMigrations(connectionString, options =>
            {
                options.Directory = folder;
                configure?.Invoke(options);
            }),
            environment);

    public static TestApplication With(Action<IServiceCollection> add) => new(add, "Production");

    public Task StartAsync() => _host.StartAsync(Xunit.TestContext.Current.CancellationToken);

    public async Task<HealthReportEntry> HealthAsync() =>
        (await _host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Xunit.TestContext.Current.CancellationToken)).Entries["migrations"];

    public void Dispose() => _host.Dispose();

    private sealed class OtherService : IHostedService
    {
        public bool HasStarted { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            HasStarted = true;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class LogLines : ILoggerProvider, ILogger
    {
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                    return [.. _lines];
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
                _lines.Add($"{logLevel} {eventId.Name}: {formatter(state, exception)}{(exception is null ? "" : $"\n{exception}")}");
        }

        public void Dispose()
        {
        }
    }
}
