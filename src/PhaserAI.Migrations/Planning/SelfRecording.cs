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
    public static IEnumerable<ScriptProblem> FindForeignVersions(ScriptSection section, MigrationVersion version)
    {
        var problems = ImmutableArray.CreateBuilder<ScriptProblem>();
        foreach (var statement in section.Statements)
        {
            if (statement.Command is "INSERT" or "DELETE" && WritesHistory(section, statement))
                AddForeignVersions(section, statement, version, problems);
        }

        return problems.DrainToImmutable();
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
        while (!AtEnd(ref reader, out var start, out var literal))
        {
            if (literal is not null && MigrationVersion.TryParse(literal, out var written) && written != version)
            {
                problems.Add(section.Text.Problem(
                    start,
                    $"the script records version {written}, but its own is {version}",
                    $"Write '{version}', or leave the statement out: the tool keeps the history."));
            }
        }

        static bool AtEnd(ref TokenReader reader, out int start, out string? literal)
        {
            var isString = reader.TryReadString(out var value);
            literal = isString ? value : null;
            var more = isString || reader.Read();
            start = reader.Current.Start;
            return !more;
        }
    }
}
