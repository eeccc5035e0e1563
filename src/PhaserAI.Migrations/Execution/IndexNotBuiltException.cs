namespace PhaserAI.Migrations.Execution;

/// <summary>The server called a concurrent build done, but the index can't be used. Never leaves the library: it becomes a report.</summary>
internal sealed class IndexNotBuiltException(string message, StatementOrigin origin) : Exception(message)
{
    public StatementOrigin Origin => origin;
}
