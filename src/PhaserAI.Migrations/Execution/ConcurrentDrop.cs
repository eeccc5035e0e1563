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
    private readonly StatementOrigin _origin;

    private ConcurrentDrop(ObjectName index, StatementOrigin origin) => (_index, _origin) = (index, origin);

    public static ConcurrentDrop? Read(SourceText text, SqlStatement statement)
    {
        var reader = AfterConcurrently(text, statement);
        SkipIfExists(ref reader);
        return ObjectName.TryRead(ref reader, out var index) ? new ConcurrentDrop(index, new StatementOrigin(text, statement.Start, null)) : null;
    }

    /// <exception cref="IndexNotBuiltException">The name may mean another index now than when the statement began.</exception>
    public override async Task<bool> IsDoneAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await AskAsync(connection, "select to_regclass($1) is null", _index.ToString(), cancellationToken).ConfigureAwait(false))
            return true;

        // Dropped from an earlier schema of the search_path, the name now leads to what lies behind. One in the first
        // schema was not hidden by anything, and an INVALID one is what the statement itself leaves half done.
        const string IsAnother = """
            select i.indisvalid and c.relnamespace <> to_regnamespace(quote_ident((current_schemas(false))[1]))
              from pg_index i join pg_class c on c.oid = i.indexrelid where c.oid = to_regclass($1)
            """;
        if (_index.Parts.Length == 1 && await AskAsync(connection, IsAnother, _index.ToString(), cancellationToken).ConfigureAwait(false))
        {
            throw new IndexNotBuiltException(
                $"an interrupted run had begun to drop {_index.Last}, and the name may mean an index of another schema now",
                "Write the index with its schema in the script if it is still to be dropped; else remove the statement.",
                _origin);
        }

        return false;
    }
}
