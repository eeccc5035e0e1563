namespace PhaserAI.Migrations.Execution;

/// <summary>Passes events on one at a time: who waits for a statement and who looks what it waits for run side by side.</summary>
internal sealed class SerialProgress(IProgress<MigrationEvent> progress) : IProgress<MigrationEvent>
{
    private readonly Lock _turn = new();

    public void Report(MigrationEvent value)
    {
        lock (_turn)
            progress.Report(value);
    }
}
