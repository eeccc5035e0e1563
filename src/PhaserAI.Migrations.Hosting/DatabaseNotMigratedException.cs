namespace PhaserAI.Migrations.Hosting;

/// <summary>
/// The database could not be migrated, so the application does not start. The message says what and where, the state that is left, and
/// what to do next, on several lines. <see cref="ToString"/> is that message alone: where this was thrown from says nothing, and would
/// bury the rest in a log.
/// </summary>
public sealed class DatabaseNotMigratedException : Exception
{
    internal DatabaseNotMigratedException(string cause, string next, Exception? inner = null)
        : base($"The database is not migrated: {cause}\nnext: {next}", inner) => Next = next;

    /// <summary>What to do next.</summary>
    public string Next { get; }

    /// <summary>The run that failed or was refused; null when none began.</summary>
    public MigrationReport? Report => (InnerException as RunFailedException)?.Report;

    /// <summary>The message, without a stack trace.</summary>
    public override string ToString() => Message;
}
