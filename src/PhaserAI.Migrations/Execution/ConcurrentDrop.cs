using Npgsql;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// DROP INDEX CONCURRENTLY. Stopped in the middle it leaves the index INVALID; run again it drops that too (measured on
/// PostgreSQL 14–18).
/// </summary>
internal sealed class ConcurrentDrop : CatalogCheck
{
    private readonly ObjectName _index;

    private ConcurrentDrop(ObjectName index) => _index = index;

    public static ConcurrentDrop? Read(SourceText text, SqlStatement statement)
    {
        var reader = AfterConcurrently(text, statement);
        SkipIfExists(ref reader);
        return ObjectName.TryRead(ref reader, out var index) ? new ConcurrentDrop(index) : null;
    }

    public override Task<bool> IsDoneAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        AskAsync(connection, "select to_regclass($1) is null", _index.ToString(), cancellationToken);
}
