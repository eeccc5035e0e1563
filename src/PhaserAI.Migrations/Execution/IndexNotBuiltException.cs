namespace PhaserAI.Migrations.Execution;

/// <summary>An index that a statement builds concurrently can't be used, or is in the way. Never leaves the library: it becomes a report.</summary>
internal sealed class IndexNotBuiltException(string message, string? hint, StatementOrigin origin) : Exception(message)
{
    /// <summary>What the user may do about it; null when there is nothing more to say.</summary>
    public string? Hint => hint;

    public StatementOrigin Origin => origin;
}
