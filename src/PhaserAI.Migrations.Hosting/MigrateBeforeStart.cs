using Microsoft.Extensions.Hosting;

namespace PhaserAI.Migrations.Hosting;

/// <summary>
/// Migrates in the first phase of a host's start, which is over before the second begins, in which the web server and all other services
/// start. What it throws ends the start, and the host logs it.
/// </summary>
internal sealed class MigrateBeforeStart(PostgresMigrations migrations) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) =>
        migrations.Settings.MigrateOnStart ? migrations.UpAsync(cancellationToken) : Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
