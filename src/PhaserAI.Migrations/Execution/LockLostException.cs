namespace PhaserAI.Migrations.Execution;

/// <summary>The connection that kept the lock of a run behind a pooler is gone. Never leaves the library: it becomes a report.</summary>
internal sealed class LockLostException(Exception cause) : Exception(cause.Message, cause);
