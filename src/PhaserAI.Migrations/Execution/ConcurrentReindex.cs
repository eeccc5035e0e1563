using System.Text;
using Npgsql;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// REINDEX … CONCURRENTLY builds a second index beside each one and exchanges them. Stopped in the middle it leaves the new
/// one (<c>name_ccnew</c>) or the old one (<c>name_ccold</c>) INVALID, and passes over both when it is run again: they are
/// dropped first. Running it again is harmless.
/// </summary>
internal sealed class ConcurrentReindex : CatalogCheck
{
    private readonly string _kind;
    private readonly ObjectName? _name;
    private readonly StatementOrigin _origin;

    private ConcurrentReindex(string kind, ObjectName? name, StatementOrigin origin) => (_kind, _name, _origin) = (kind, name, origin);

    public static ConcurrentReindex? Read(SourceText text, SqlStatement statement)
    {
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        reader.Read();
        OptionList.TryRead(ref reader, [], out _);
        if (!reader.Read())
            return null;
        var kind = Encoding.ASCII.GetString(reader.CurrentText).ToUpperInvariant();
        reader.TryReadWord("concurrently"u8);
        return new ConcurrentReindex(
            kind, ObjectName.TryRead(ref reader, out var name) ? name : null, new StatementOrigin(text, statement.Start, statement));
    }

    public override Task<bool> IsDoneAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Task.FromResult(false);

    public override async Task<bool> MendAsync(
        NpgsqlConnection connection, MigrationOptions options, IProgress<MigrationEvent>? progress, CancellationToken cancellationToken)
    {
        foreach (var leftover in await FindLeftoversAsync(connection, cancellationToken).ConfigureAwait(false))
            await DropAsync(connection, leftover, progress, cancellationToken).ConfigureAwait(false);
        return false;
    }

    public override async Task RequireDoneAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Sql = "select not exists (select from pg_index where indexrelid = to_regclass($1) and not indisvalid)";
        if (_kind == "INDEX" && !await AskAsync(connection, Sql, $"{_name}", cancellationToken).ConfigureAwait(false))
            throw new IndexNotBuiltException($"index {string.Join('.', _name!.Parts)} is INVALID although its build did not fail", null, _origin);
    }

    /// <summary>INVALID indexes beside an index of this statement, named after it by the server, with its definition, and built by nobody.</summary>
    private async Task<List<string>> FindLeftoversAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var sql = $"""
            select format('%I.%I', n.nspname, l.relname)
              from pg_index i
              join pg_class l on l.oid = i.indexrelid
              join pg_namespace n on n.oid = l.relnamespace
             where not i.indisvalid and l.relkind = 'i' and l.relname ~ '_cc(new|old)[0-9]*$'
               and exists (
                 select from pg_index o join pg_class b on b.oid = o.indexrelid
                  where o.indrelid = i.indrelid and o.indexrelid <> i.indexrelid and {Scope()}
                    and case when octet_length(l.relname) < 63 then b.relname = {Stem} else starts_with(b.relname, {Stem}) end
                    and {IndexDefinition.Of("o.indexrelid")} = {IndexDefinition.Of("i.indexrelid")})
               and {IndexBuilds.BuilderOn("i.indrelid")} is null
             order by 1
            """;
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            if (_kind is not "DATABASE")
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = $"{_name}" });
            var leftovers = new List<string>();
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    leftovers.Add(reader.GetString(0));
            }

            return leftovers;
        }
    }

    // indexcmds.c ReindexRelationConcurrently, makeObjectName: the name is cut so that all of it fits in 63 bytes.
    private const string Stem = @"regexp_replace(l.relname, '_cc(new|old)[0-9]*$', '')";

    /// <summary>Whether the index o belongs to the statement; partitions and TOAST tables do.</summary>
    private string Scope() => _kind switch
    {
        "INDEX" => "(o.indexrelid = to_regclass($1) or o.indexrelid in (select relid from pg_partition_tree(to_regclass($1))))",
        "TABLE" => """
            o.indrelid in (
              select unnest(array[t.oid, t.reltoastrelid]) from pg_class t
               where t.oid = to_regclass($1) or t.oid in (select relid from pg_partition_tree(to_regclass($1))))
            """,
        "SCHEMA" => "o.indrelid in (select unnest(array[t.oid, t.reltoastrelid]) from pg_class t where t.relnamespace = to_regnamespace($1))",
        _ => "true",
    };
}
