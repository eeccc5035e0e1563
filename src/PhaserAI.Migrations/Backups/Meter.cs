namespace PhaserAI.Migrations.Backups;

/// <summary>Tells a few times a second how many bytes have passed.</summary>
internal sealed class Meter(string address, string verb, long total, TimeProvider clock, IProgress<MigrationEvent>? progress)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly long _began = clock.GetTimestamp();
    private long _told = clock.GetTimestamp();

    public TimeSpan Elapsed => clock.GetElapsedTime(_began);

    public void Advance(long bytes)
    {
        if (progress is null || clock.GetElapsedTime(_told) < Pause)
            return;
        _told = clock.GetTimestamp();
        progress.Report(new BackupProgress(address, verb, bytes, total, Elapsed));
    }
}
