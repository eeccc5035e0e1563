using Npgsql;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>What is made or dropped as a whole outside of any transaction: a database, a tablespace, a subscription, a prepared transaction.</summary>
internal sealed class NamedObject : CatalogCheck
{
    private readonly string _name;
    private readonly string _question;

    private NamedObject(string name, string question) => (_name, _question) = (name, question);

    public static NamedObject? Read(SourceText text, SqlStatement statement)
    {
        // A DROP DATABASE that stopped in the middle leaves a row with this limit, and nothing to connect to.
        var question = statement.Command switch
        {
            "CREATE DATABASE" => "select exists (select from pg_database where datname = $1::name and datconnlimit <> -2)",
            "DROP DATABASE" => "select not exists (select from pg_database where datname = $1::name)",
            "CREATE TABLESPACE" => "select exists (select from pg_tablespace where spcname = $1::name)",
            "DROP TABLESPACE" => "select not exists (select from pg_tablespace where spcname = $1::name)",
            "CREATE SUBSCRIPTION" => $"select exists ({Subscription})",
            "DROP SUBSCRIPTION" => $"select not exists ({Subscription})",
            "COMMIT PREPARED" or "ROLLBACK PREPARED" =>
                "select not exists (select from pg_prepared_xacts where gid = $1 and database = current_database())",
            _ => null,
        };
        if (question is null)
            return null;
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        _ = reader.Read() && reader.Read(); // both words of the command
        SkipIfExists(ref reader);
        return reader.TryReadString(out var name) || reader.TryReadIdentifier(out name) ? new NamedObject(name, question) : null;
    }

    private const string Subscription = """
        select from pg_subscription s join pg_database d on d.oid = s.subdbid where d.datname = current_database() and s.subname = $1::name
        """;

    public override Task<bool> IsDoneAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        AskAsync(connection, _question, _name, cancellationToken);
}
