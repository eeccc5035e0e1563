using System.Collections.Immutable;
using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>The server refused a statement, and this is the one. Never leaves the library: it becomes a report.</summary>
internal sealed class StatementFailedException(PostgresException refusal, StatementOrigin origin)
    : Exception(refusal.MessageText, refusal)
{
    public PostgresException Refusal => refusal;

    public StatementOrigin Origin => origin;

    /// <summary>Who held what it waited for.</summary>
    public ImmutableArray<LockHolder> Blockers { get; set; } = [];
}
