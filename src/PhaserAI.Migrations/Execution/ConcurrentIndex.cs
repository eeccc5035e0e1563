using Npgsql;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// CREATE INDEX CONCURRENTLY is no transaction: a build that fails or is killed leaves an INVALID index, which costs on
/// every write and serves no query, and IF NOT EXISTS then calls the next attempt a success (measured on PostgreSQL 11–18).
/// So what is left over is dropped before the build, if it is what the statement says, and nothing counts as built while it
/// is not valid.
/// </summary>
internal sealed class ConcurrentIndex : CatalogCheck
{
    private readonly string? _name; // null: the server chooses one
    private readonly ObjectName _table;
    private readonly string _copy;
    private readonly StatementOrigin _origin;

    private ConcurrentIndex(string? name, ObjectName table, string copy, StatementOrigin origin) =>
        (_name, _table, _copy, _origin) = (name, table, copy, origin);

    /// <summary>The name of the empty copy of the table, on which the statement is tried.</summary>
    private string Copy => new ObjectName([_table.Last]).ToString();

    public static ConcurrentIndex? Read(SourceText text, SqlStatement statement)
    {
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        reader.Read();
        var unique = reader.TryReadWord("unique"u8) ? "unique " : "";
        reader = AfterConcurrently(text, statement);
        SkipIfExists(ref reader);
        string? name = null;
        if (!reader.TryReadWord("on"u8) && !(reader.TryReadIdentifier(out name) && reader.TryReadWord("on"u8)))
            return null;
        var inParentheses = reader.TryReadWord("only"u8) && reader.TryReadCharacter('(');
        if (!ObjectName.TryRead(ref reader, out var table))
            return null;
        _ = inParentheses ? reader.TryReadCharacter(')') : reader.TryReadCharacter('*');
        var rest = text.GetString(reader.Current.End, statement.End - reader.Current.End);
        return new ConcurrentIndex(
            name,
            table,
            $"create {unique}index on pg_temp.{new ObjectName([table.Last])} {rest}",
            new StatementOrigin(text, statement.Start, statement));
    }

    public override async Task<bool> IsDoneAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var found = await FindAsync(connection, cancellationToken).ConfigureAwait(false);
        if (!found.Exists(index => index is { IsOnTable: true, IsValid: true }))
            return false;
        var twins = await FindTwinsAsync(connection, found[0].Table, cancellationToken).ConfigureAwait(false);
        return found.Exists(index => index is { IsOnTable: true, IsValid: true } && (twins is null ? _name is not null : twins.Contains(index.Oid)));
    }

    public override async Task<bool> MendAsync(
        NpgsqlConnection connection, MigrationOptions options, IProgress<MigrationEvent>? progress, CancellationToken cancellationToken)
    {
        List<Found> found, invalid;
        while (true)
        {
            found = await FindAsync(connection, cancellationToken).ConfigureAwait(false);
            invalid = found.FindAll(index => index is { IsOnTable: true, IsValid: false });
            // Dropping it would wait for that session, and then drop what it has built.
            if (invalid.Find(index => index.Builder is not null) is not { Builder: { } builder })
                break;
            await IndexBuilds.WaitAsync(connection, builder, options, progress, cancellationToken).ConfigureAwait(false);
        }

        if (invalid.Count == 0)
            return false;
        var twins = await FindTwinsAsync(connection, found[0].Table, cancellationToken).ConfigureAwait(false);
        foreach (var leftover in invalid)
        {
            if (twins?.Contains(leftover.Oid) is true)
                await DropAsync(connection, leftover.QualifiedName, progress, cancellationToken).ConfigureAwait(false);
            else if (_name is not null)
                throw NotOurs(leftover, isKnown: twins is not null);
        }

        return false;
    }

    public override async Task RequireDoneAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // Without IF NOT EXISTS, which needs a name, the server's word is enough.
        if (_name is null)
            return;
        var found = await FindAsync(connection, cancellationToken).ConfigureAwait(false);
        var message = found switch
        {
            [] => $"index {_name} is not there although its build did not fail",
            [{ IsOnTable: false } other] => $"{other.QualifiedName} exists, but is no index on {string.Join('.', _table.Parts)}",
            [{ IsValid: false } invalid] => $"index {invalid.QualifiedName} is INVALID although its build did not fail",
            _ => null,
        };
        if (message is not null)
            throw new IndexNotBuiltException(message, null, _origin);
    }

    private IndexNotBuiltException NotOurs(Found leftover, bool isKnown) => new(
        $"index {leftover.QualifiedName} exists and is INVALID, {(isKnown ? "but it is another index than this statement says" : "and whether this statement began it can't be told")}",
        $"If nothing else builds or needs it: DROP INDEX CONCURRENTLY {leftover.QualifiedName};",
        _origin);

    /// <summary>The oids of the indexes on the table that are what the statement says; null when that can't be found out.</summary>
    private async Task<HashSet<long>?> FindTwinsAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        var twins = await IndexDefinition.FindTwinsAsync(connection, table, Copy, _copy, cancellationToken).ConfigureAwait(false);
        // A name that the server chooses is t_a_idx, and where that is taken t_a_idx1.
        return twins?.Where(twin => _name is not null || twin.Value?.All(char.IsAsciiDigit) is true).Select(twin => twin.Key).ToHashSet();
    }

    /// <summary>The relation of the index's name; when the server chooses the name, all indexes of the table.</summary>
    private async Task<List<Found>> FindAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var sql = $"""
            select c.oid::bigint, format('%I.%I', n.nspname, c.relname), format('%I.%I', n.nspname, t.relname),
                   coalesce(i.indisvalid, false), coalesce(i.indrelid = t.oid, false),
                   {IndexBuilds.BuilderOn("t.oid")}
              from pg_class t
              join pg_namespace n on n.oid = t.relnamespace
              join pg_class c on c.relnamespace = t.relnamespace
              left join pg_index i on i.indexrelid = c.oid
             where t.oid = to_regclass($2) and case when $1 = '' then i.indrelid = t.oid else c.relname = $1::name end
            """;
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = _name ?? "" });
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = _table.ToString() });
            var found = new List<Found>();
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    found.Add(new Found(
                        reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetBoolean(3), reader.GetBoolean(4), reader.IsDBNull(5) ? null : reader.GetInt32(5)));
                }
            }

            return found;
        }
    }

    private sealed record Found(long Oid, string QualifiedName, string Table, bool IsValid, bool IsOnTable, int? Builder);
}
