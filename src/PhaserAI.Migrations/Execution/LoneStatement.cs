using Npgsql;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>Statements that can't share a message with others: rows are shown, data are streamed.</summary>
internal static class LoneStatement
{
    public static bool Is(SqlStatement statement) => statement.ReturnsRows || statement.Kind is StatementKind.CopyFromStdin;

    /// <exception cref="StatementFailedException">The server refused it.</exception>
    public static Task RunAsync(
        NpgsqlConnection connection,
        SourceText text,
        SqlStatement statement,
        MigrationOptions options,
        IProgress<MigrationEvent>? progress,
        CancellationToken cancellationToken) => statement.ReturnsRows
            ? StatementRows.ShowAsync(connection, text, statement, progress, cancellationToken)
            : CopyStep.RunAsync(connection, options, text, statement, cancellationToken);
}
