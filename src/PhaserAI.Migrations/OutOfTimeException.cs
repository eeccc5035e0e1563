namespace PhaserAI.Migrations;

/// <summary>
/// The time of a run is over (<see cref="MigrationOptions.Deadline"/>), and nothing has failed. <see cref="MigrationOptions.BackUp"/> may throw
/// it while a backup is still being made; a run itself ends with a <see cref="RunPause"/> in its report.
/// </summary>
public sealed class OutOfTimeException : Exception
{
    /// <summary>The end.</summary>
    /// <param name="goesOn">What goes on without the run, as a sentence's part; null when nothing does.</param>
    public OutOfTimeException(string? goesOn)
        : base("the time of the run is over") => GoesOn = goesOn;

    /// <summary>What goes on without the run: <c>pid 12 still runs CREATE INDEX …</c>; null when nothing does.</summary>
    public string? GoesOn { get; }
}
