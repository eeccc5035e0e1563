namespace PhaserAI.Migrations.Cli.Output;

/// <summary>Passes what a long preparation says on as notes.</summary>
internal sealed class NoteProgress(IReporter reporter) : IProgress<string>
{
    public void Report(string value) => reporter.Note(value);
}
