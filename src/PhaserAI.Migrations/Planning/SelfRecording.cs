using System.Collections.Immutable;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Planning;

/// <summary>
/// The guide's template lets a script write its own history row. That is harmless, unless the version in it is another
/// one: a template copied and forgotten would record the wrong migration.
/// </summary>
internal static class SelfRecording
{
    public static ImmutableArray<ScriptProblem> FindForeignVersions(ScriptSection section, MigrationVersion version)
    {
        var problems = ImmutableArray.CreateBuilder<ScriptProblem>();
        foreach (var statement in section.Statements)
        {
            if (statement.Command is "INSERT" or "DELETE" && WritesHistory(section, statement))
                AddForeignVersions(section, statement, version, problems);
        }

        return problems.DrainToImmutable();
    }

    /// <summary>Statements of an UP that would take every migration out of the history: all of them would run once more.</summary>
    public static IEnumerable<ScriptProblem> FindLoss(ScriptSection up)
    {
        foreach (var statement in up.Statements)
        {
            if (statement.Command is "TRUNCATE" or "DELETE" && Empties(up, statement))
            {
                yield return up.Text.Problem(
                    statement.Start,
                    $"this {statement.Command} would empty the history: every migration would count as pending and run once more",
                    "Remove it: the tool keeps the history; to take a single migration out of it, use the command repair --not-applied.");
            }
        }
    }

    private static bool Empties(ScriptSection section, SqlStatement statement)
    {
        var reader = new TokenReader(section.Text.Bytes, statement.Start, statement.End);
        reader.Read();
        if (!reader.TryReadWord("from"u8))
            reader.TryReadWord("table"u8);
        var isHistory = false;
        do
        {
            reader.TryReadWord("only"u8);
            isHistory |= reader.TryReadQualifiedName(out var table) && table is "schema_migrations" or "schema_migrations_detail" or "schema_migrations_checkpoint" or "schema_migrations_log";
            reader.TryReadCharacter('*');
        }
        while (statement.Command == "TRUNCATE" && reader.TryReadCharacter(','));

        var depth = 0;
        while (statement.Command == "DELETE" && reader.Read())
        {
            depth += reader.Current.Kind is SqlTokenKind.OpenParenthesis ? 1 : reader.Current.Kind is SqlTokenKind.CloseParenthesis ? -1 : 0;
            if (depth == 0 && reader.IsWord("where"u8))
                return false;
        }

        return isHistory;
    }

    private static bool WritesHistory(ScriptSection section, SqlStatement statement)
    {
        var reader = new TokenReader(section.Text.Bytes, statement.Start, statement.End);
        reader.Read();
        if (!reader.TryReadWord("into"u8) && !reader.TryReadWord("from"u8))
            return false;
        reader.TryReadWord("only"u8);
        return reader.TryReadQualifiedName(out var table) && table == "schema_migrations";
    }

    private static void AddForeignVersions(
        ScriptSection section, SqlStatement statement, MigrationVersion version, ImmutableArray<ScriptProblem>.Builder problems)
    {
        var reader = new TokenReader(section.Text.Bytes, statement.Start, statement.End);
        while (true)
        {
            if (!reader.TryReadString(out var literal))
            {
                if (!reader.Read())
                    return;
            }
            else if (MigrationVersion.TryParse(literal, out var written) && written != version)
            {
                problems.Add(section.Text.Problem(
                    reader.Current.Start,
                    $"the script records version {written}, but its own is {version}",
                    $"Write '{version}', or leave the statement out: the tool keeps the history."));
            }
        }
    }
}
