using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Planning;

/// <summary>
/// <c>\connect</c> of psql to another database. To the same one, as <c>pg_dump --create</c> writes it, does nothing: a
/// migration has a clean session anyway.
/// </summary>
internal static class OtherDatabase
{
    /// <param name="section">The section.</param>
    /// <param name="database">The database that the migration runs on; null when that is not known.</param>
    public static IEnumerable<ScriptProblem> Find(ScriptSection section, string? database)
    {
        foreach (var statement in section.Statements)
        {
            if (statement.Kind is StatementKind.MetaCommand
                && PsqlCommand.DatabaseOf(section.Text.Bytes, statement) is { } other && database is not null && other != database)
            {
                yield return section.Text.Problem(
                    statement.Start,
                    $"{statement.Command} goes on in database {other}, and the migration runs on {database}",
                    $"Remove it; or set DB_NAME to {other}, with migrations of its own.");
            }
        }
    }
}
