using Npgsql;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// What the catalog says about a statement that runs outside of any transaction. When its runner is killed, the server may
/// have gone on and finished it; when the server stops in the middle, part of it stays.
/// </summary>
internal abstract class CatalogCheck
{
    /// <summary>Null when the catalog shows nothing of such a statement: VACUUM, ALTER SYSTEM, DO.</summary>
    public static CatalogCheck? Of(SourceText text, SqlStatement statement) => statement.Command switch
    {
        "CREATE INDEX CONCURRENTLY" => ConcurrentIndex.Read(text, statement),
        "DROP INDEX CONCURRENTLY" => ConcurrentDrop.Read(text, statement),
        "ALTER TABLE DETACH CONCURRENTLY" => ConcurrentDetach.Read(text, statement),
        ['R', 'E', 'I', 'N', 'D', 'E', 'X', ..] command when IsConcurrent(command) => ConcurrentReindex.Read(text, statement),
        _ => NamedObject.Read(text, statement),
    };

    public static bool IsConcurrent(string command) => command.Contains("CONCURRENTLY", StringComparison.Ordinal);

    /// <summary>Whether an attempt whose answer nobody has seen has done all of it; false also when that can't be told.</summary>
    public abstract Task<bool> IsDoneAsync(NpgsqlConnection connection, CancellationToken cancellationToken);

    /// <summary>Clears away what an earlier attempt has left, and says so; true when that was all there was to do.</summary>
    /// <exception cref="IndexNotBuiltException">What is there can't be shown to be the statement's own.</exception>
    public virtual Task<bool> MendAsync(
        NpgsqlConnection connection, MigrationOptions options, IProgress<MigrationEvent>? progress, CancellationToken cancellationToken) =>
        Task.FromResult(false);

    /// <exception cref="IndexNotBuiltException">The server called the statement done, and it is not.</exception>
    public virtual Task RequireDoneAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The statement's tokens behind the word CONCURRENTLY.</summary>
    protected static TokenReader AfterConcurrently(SourceText text, SqlStatement statement)
    {
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        while (reader.Read() && !reader.IsWord("concurrently"u8))
        {
        }

        return reader;
    }

    /// <summary>Passes over IF EXISTS and IF NOT EXISTS.</summary>
    protected static void SkipIfExists(ref TokenReader reader)
    {
        var ahead = reader;
        if (!ahead.TryReadWord("if"u8))
            return;
        ahead.TryReadWord("not"u8);
        if (ahead.TryReadWord("exists"u8))
            reader = ahead;
    }

    protected static async Task<bool> AskAsync(NpgsqlConnection connection, string question, string name, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(question, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
        }
    }

    protected static async Task DropAsync(NpgsqlConnection connection, string index, IProgress<MigrationEvent>? progress, CancellationToken cancellationToken)
    {
        await OwnSql.RunAsync(connection, $"drop index concurrently if exists {index}", cancellationToken).ConfigureAwait(false);
        progress?.Report(new InvalidIndexDropped(index));
    }
}
