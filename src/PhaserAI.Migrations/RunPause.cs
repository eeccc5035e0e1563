namespace PhaserAI.Migrations;

/// <summary>Why a run ended before its plan did although nothing failed: its time was over. The next run goes on where it stopped.</summary>
/// <param name="GoesOn">What goes on without the run, as a sentence's part; null when nothing does.</param>
public sealed record RunPause(string? GoesOn)
{
    /// <summary>Steps that are done of the migration that is next; 0 when it has not begun.</summary>
    public int FinishedSteps { get; init; }
}
