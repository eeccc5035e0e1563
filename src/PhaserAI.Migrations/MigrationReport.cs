using System.Collections.Immutable;

namespace PhaserAI.Migrations;

/// <summary>How a run ended. What is in <see cref="Finished"/> is committed.</summary>
/// <param name="Direction">Up or down.</param>
/// <param name="Plan">What was to be done.</param>
/// <param name="Finished">What was done, in order.</param>
/// <param name="Failure">Why the run stopped; null when it came to its end.</param>
public sealed record MigrationReport(
    MigrationDirection Direction, MigrationPlan Plan, ImmutableArray<MigrationFinished> Finished, MigrationFailure? Failure)
{
    /// <summary>Where every migration stands after the run; null when it could not be read, as after a lost connection.</summary>
    public MigrationStatus? Status { get; init; }

    /// <summary>The address of the backup that was made before; null when none was.</summary>
    public string? Backup { get; init; }

    /// <summary>
    /// How many migrations were committed but may not be on disk: the connection was lost, and the server did not come back to tell. They come first in
    /// the plan, and none of them is in <see cref="Finished"/>.
    /// </summary>
    public int Unconfirmed { get; init; }

    /// <summary>Set when the run ended only because its time was over (<see cref="MigrationOptions.Deadline"/>).</summary>
    public RunPause? Pause { get; init; }

    /// <summary>What of the plan is not done, the next one first.</summary>
    public IEnumerable<PlannedMigration> Left => Plan.Migrations.Skip(Finished.Length);

    /// <summary>Whether everything planned is done.</summary>
    public bool Succeeded => Failure is null && Pause is null && Plan.Problems.IsEmpty;

    /// <summary>For callers to whom anything but success is an exception; answers with the report itself.</summary>
    /// <exception cref="RunFailedException">A migration failed, or the plan was refused.</exception>
    /// <exception cref="OutOfTimeException">The time of the run was over.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled, and has rolled back what was under way.</exception>
    public MigrationReport EnsureSucceeded() => this switch
    {
        { Succeeded: true } => this,
        { Pause: { } pause } => throw new OutOfTimeException(pause.GoesOn),
        { Failure: { Cancelled: true } cancelled } => throw (cancelled.OutOfTime
            ? new OutOfTimeException(null)
            : new OperationCanceledException($"the migration run was cancelled; {FailureState.Of(cancelled, Direction)}")),
        _ => throw RunFailedException.Of(this),
    };
}

/// <summary>Why a migration failed, and what state it left.</summary>
/// <param name="Version">The migration.</param>
/// <param name="File">Its file as the user knows it.</param>
/// <param name="Line">1-based line of the error; 0 when it stands nowhere in the file.</param>
/// <param name="Column">1-based column in code points; 0 as above.</param>
/// <param name="Excerpt">That line of the file; null as above.</param>
/// <param name="SqlState">The server's five-character code; null when the server did not answer.</param>
/// <param name="Message">What the server said.</param>
public sealed record MigrationFailure(
    string Version, string File, int Line, int Column, string? Excerpt, string? SqlState, string Message)
{
    /// <summary>The server's DETAIL.</summary>
    public string? Detail { get; init; }

    /// <summary>The server's HINT.</summary>
    public string? Hint { get; init; }

    /// <summary>The server's CONTEXT: which functions it was in.</summary>
    public string? Context { get; init; }

    /// <summary>The statement that failed, without its closing semicolon; null when it is not the script's own.</summary>
    public string? Statement { get; init; }

    /// <summary>Steps of the migration that stay done; 0 when it left no trace.</summary>
    public int FinishedSteps { get; init; }

    /// <summary>How many steps the migration has.</summary>
    public int StepCount { get; init; }

    /// <summary>Whether what failed ran outside of any transaction, so that part of it may have stayed.</summary>
    public bool InAutocommit { get; init; }

    /// <summary>Whether the run was stopped by the user and not by the server.</summary>
    public bool Cancelled { get; init; }

    /// <summary>Whether it was cancelled because the time of the run was over (<see cref="MigrationOptions.Deadline"/>).</summary>
    public bool OutOfTime { get; init; }

    /// <summary>Who was in the way when a lock was not to be had in time, as far as it was seen.</summary>
    public ImmutableArray<LockHolder> Blockers { get; init; } = [];

    /// <summary>Whether the connection broke.</summary>
    public bool ConnectionLost { get; init; }

    /// <summary>
    /// After a lost connection: whether the migration is committed all the same, as the history says; null when the history
    /// could not be read again.
    /// </summary>
    public bool? Committed { get; init; }
}
