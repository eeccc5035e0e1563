using Npgsql;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// COPY … FROM STDIN: streams the data that follow the statement in the script. Whatever stops it, the server must be told
/// that the data are not complete: Npgsql's Dispose alone ends them as if they were, and the rows sent so far are kept
/// (measured).
/// </summary>
internal static class CopyStep
{
    /// <exception cref="StatementFailedException">The server refused the statement or its data.</exception>
    /// <exception cref="CopyFailedException">The data are no longer what they were when the script was read.</exception>
    public static async Task RunAsync(
        NpgsqlConnection connection, MigrationOptions options, SourceText text, SqlStatement statement, CancellationToken cancellationToken)
    {
        var cancel = new ServerCancel(connection, options, cancellationToken);
        try
        {
            await using (cancel.ConfigureAwait(false))
                await SendAsync(connection, text, statement, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException refused)
        {
            if (refused.SqlState == PostgresErrorCodes.QueryCanceled)
                cancellationToken.ThrowIfCancellationRequested();
            throw new StatementFailedException(refused, new StatementOrigin(text, statement.Start, statement));
        }
        catch (DataChangedException changed)
        {
            throw new CopyFailedException(changed, new StatementOrigin(text, statement.Start, statement));
        }
    }

    private static async Task SendAsync(NpgsqlConnection connection, SourceText text, SqlStatement statement, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // The token stays here: Npgsql would break the connection, and the state of the database could not be told any more.
        var writer = await connection.BeginTextImportAsync(text.GetString(statement.Start, statement.Length), CancellationToken.None).ConfigureAwait(false);
        try
        {
            await new CopyData(text, statement).WriteAsync(writer.BaseStream, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (connection.FullState.HasFlag(System.Data.ConnectionState.Open))
        {
            await writer.CancelAsync().ConfigureAwait(false);
            throw;
        }

        await writer.DisposeAsync().ConfigureAwait(false);
    }
}
