using System.Collections.Immutable;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Planning;

/// <summary>Something that a statement plainly destroys; whether it is there at all, the database says.</summary>
/// <param name="Kind">How.</param>
/// <param name="Type">What is named: <c>TABLE</c>, <c>SCHEMA</c>, <c>TYPE</c>, <c>OWNED</c>, …</param>
/// <param name="Name">Its name.</param>
/// <param name="Cascades">Whether CASCADE stands in the statement.</param>
/// <param name="Text">The script.</param>
/// <param name="Statement">The statement.</param>
internal sealed record Destruction(DataLossKind Kind, string Type, ObjectName Name, bool Cascades, SourceText Text, SqlStatement Statement)
{
    /// <summary>The columns that are dropped or overwritten; empty for whole rows.</summary>
    public ImmutableArray<string> Columns { get; init; } = [];

    /// <summary>The rows of a DELETE … WHERE, from its FROM on; null when a query of it might do more than read.</summary>
    public string? Source { get; init; }

    /// <summary>Whether the script sets the search_path before, so that the name may mean another schema's object.</summary>
    public bool IsAnySchema { get; init; }

    /// <summary>
    /// What the statements of a migration destroy, but for the steps that an earlier run has finished. What a DO block, a
    /// function or a trigger does is not seen.
    /// </summary>
    public static IEnumerable<Destruction> Find(PlannedMigration migration)
    {
        var setsPath = false;
        foreach (var step in migration.Runs)
        {
            if (step.Number <= migration.FinishedSteps)
                continue;
            foreach (var statement in step.Statements)
            {
                setsPath |= statement.Command == "SET" && SetsSearchPath(step.Text, statement);
                foreach (var found in Read(step.Text, statement))
                    yield return setsPath && found.Name.Parts.Length == 1 ? found with { IsAnySchema = true } : found;
            }
        }
    }

    private static List<Destruction> Read(SourceText text, SqlStatement statement)
    {
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        reader.Read();
        return statement.Command switch
        {
            "TRUNCATE" => ReadTruncate(ref reader, text, statement),
            "DELETE" => ReadDelete(ref reader, text, statement),
            "UPDATE" => ReadUpdate(ref reader, text, statement),
            "MERGE" => ReadMerge(ref reader, text, statement),
            "WITH" => ReadWith(ref reader, text, statement),
            "ALTER TABLE" => ReadAlterTable(ref reader, text, statement),
            _ when statement.Command.StartsWith("DROP", StringComparison.Ordinal) => ReadDrop(ref reader, text, statement),
            _ => [],
        };
    }

    private static List<Destruction> ReadDrop(ref TokenReader reader, SourceText text, SqlStatement statement)
    {
        var isOwned = reader.TryReadWord("owned"u8) && reader.TryReadWord("by"u8);
        var type = isOwned ? "OWNED" : ObjectType.Read(ref reader)?.Name;
        DatabaseObject.TryReadIfExists(ref reader);
        var names = ReadNames(ref reader);
        var cascades = Has(reader, "cascade"u8);
        var takesData = type is "TABLE" or "MATERIALIZED VIEW" or "SEQUENCE" or "DATABASE" or "OWNED"
            || (cascades && type is "SCHEMA" or "TYPE" or "DOMAIN" or "EXTENSION");
        return takesData ? [.. names.Select(name => new Destruction(DataLossKind.Drop, type!, name, cascades, text, statement))] : [];
    }

    // TRUNCATE [TABLE] [ONLY] name [*] [, …] [RESTART IDENTITY | CONTINUE IDENTITY] [CASCADE | RESTRICT]
    private static List<Destruction> ReadTruncate(ref TokenReader reader, SourceText text, SqlStatement statement)
    {
        reader.TryReadWord("table"u8);
        var names = ReadNames(ref reader);
        var cascades = Has(reader, "cascade"u8);
        return [.. names.Select(name => new Destruction(DataLossKind.Empty, "TABLE", name, cascades, text, statement))];
    }

    // [WITH …] DELETE FROM [ONLY] name [*] [[AS] alias] [USING …] [WHERE …] [RETURNING …]
    private static List<Destruction> ReadDelete(ref TokenReader reader, SourceText text, SqlStatement statement)
    {
        if (!reader.TryReadWord("from"u8) || reader.Current.Start is var from && !TryReadTable(ref reader, out var name) || IsHistory(name))
            return [];
        var condition = Clauses.Read(reader);
        return condition is { HasWhere: false, HasUsing: false }
            ? [new Destruction(DataLossKind.Empty, "TABLE", name, false, text, statement)]
            : [new Destruction(DataLossKind.Delete, "TABLE", name, false, text, statement) { Source = condition.IsPlain ? text.GetString(from, statement.End - from) : null }];
    }

    // UPDATE [ONLY] name [*] [[AS] alias] SET column = …, (column, …) = … [FROM …] [WHERE …]
    private static List<Destruction> ReadUpdate(ref TokenReader reader, SourceText text, SqlStatement statement)
    {
        if (!TryReadTable(ref reader, out var name) || IsHistory(name) || Clauses.Read(reader).HasWhere)
            return [];
        while (!reader.TryReadWord("set"u8))
        {
            if (!reader.Read())
                return [];
        }

        var columns = ImmutableArray.CreateBuilder<string>();
        do
        {
            var several = reader.TryReadCharacter('(');
            do
            {
                if (reader.TryReadIdentifier(out var column))
                    columns.Add(column);
            }
            while (several && reader.TryReadCharacter(','));
        }
        while (SkipItem(ref reader));

        return [new Destruction(DataLossKind.Overwrite, "TABLE", name, false, text, statement) { Columns = columns.DrainToImmutable() }];
    }

    private static List<Destruction> ReadMerge(ref TokenReader reader, SourceText text, SqlStatement statement)
    {
        if (!reader.TryReadWord("into"u8) || !TryReadTable(ref reader, out var name) || IsHistory(name))
            return [];
        while (reader.Read())
        {
            if (reader.IsWord("then"u8) && reader.TryReadWord("delete"u8))
                return [new Destruction(DataLossKind.Delete, "TABLE", name, false, text, statement)];
        }

        return [];
    }

    private static List<Destruction> ReadWith(ref TokenReader reader, SourceText text, SqlStatement statement)
    {
        var found = new List<Destruction>();
        while (reader.Read())
        {
            if (reader.IsWord("delete"u8) && reader.TryReadWord("from"u8) && TryReadTable(ref reader, out var name) && !IsHistory(name))
                found.Add(new Destruction(DataLossKind.Delete, "TABLE", name, false, text, statement));
        }

        return found;
    }

    // ALTER TABLE [IF EXISTS] [ONLY] name [*] … DROP [COLUMN] [IF EXISTS] column [CASCADE | RESTRICT] …
    private static List<Destruction> ReadAlterTable(ref TokenReader reader, SourceText text, SqlStatement statement)
    {
        var found = new List<Destruction>();
        ObjectType.Read(ref reader);
        DatabaseObject.TryReadIfExists(ref reader);
        if (!TryReadTable(ref reader, out var table))
            return found;
        do
        {
            var action = reader;
            if (!action.TryReadWord("drop"u8) || action.TryReadWord("constraint"u8))
                continue;
            action.TryReadWord("column"u8);
            DatabaseObject.TryReadIfExists(ref action);
            if (action.TryReadIdentifier(out var column))
                found.Add(new Destruction(DataLossKind.Drop, "COLUMN", table, action.TryReadWord("cascade"u8), text, statement) { Columns = [column] });
        }
        while (SkipItem(ref reader));
        return found;
    }

    private static bool TryReadTable(ref TokenReader reader, out ObjectName name)
    {
        reader.TryReadWord("only"u8);
        if (!ObjectName.TryRead(ref reader, out name))
            return false;
        reader.TryReadCharacter('*');
        return true;
    }

    private static List<ObjectName> ReadNames(ref TokenReader reader)
    {
        var names = new List<ObjectName>();
        do
        {
            if (TryReadTable(ref reader, out var name))
                names.Add(name);
        }
        while (reader.TryReadCharacter(','));
        return names;
    }

    /// <summary>Goes behind the next comma outside parentheses; false at the end, and where the list ends.</summary>
    private static bool SkipItem(ref TokenReader reader)
    {
        for (var depth = 0; reader.Read();)
        {
            if (reader.Current.Kind is SqlTokenKind.OpenParenthesis)
                depth++;
            else if (reader.Current.Kind is SqlTokenKind.CloseParenthesis)
                depth = Math.Max(0, depth - 1);
            else if (depth == 0 && reader.IsCharacter(','))
                return true;
            else if (depth == 0 && (reader.IsWord("from"u8) || reader.IsWord("returning"u8)))
                return false;
        }

        return false;
    }

    /// <summary>A script that records or forgets itself destroys nothing.</summary>
    private static bool IsHistory(ObjectName name) => name.Last.StartsWith("schema_migrations", StringComparison.Ordinal);

    private static bool SetsSearchPath(SourceText text, SqlStatement statement)
    {
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        return Has(reader, "search_path"u8) || Has(reader, "schema"u8);
    }

    private static bool Has(TokenReader reader, ReadOnlySpan<byte> word)
    {
        while (reader.Read())
        {
            if (reader.IsWord(word))
                return true;
        }

        return false;
    }

    /// <summary>What follows a table in DELETE or UPDATE.</summary>
    private readonly record struct Clauses(bool HasWhere, bool HasUsing, bool IsPlain)
    {
        /// <summary>Plain is what can stand behind SELECT count(*) and calls no function, which might do something.</summary>
        public static Clauses Read(TokenReader reader)
        {
            var (where, other, calls, depth) = (false, false, false, 0);
            var isName = false;
            while (reader.Read())
            {
                if (reader.Current.Kind is SqlTokenKind.OpenParenthesis)
                {
                    calls |= isName;
                    depth++;
                }
                else if (reader.Current.Kind is SqlTokenKind.CloseParenthesis)
                {
                    depth--;
                }

                where |= depth == 0 && reader.IsWord("where"u8);
                other |= depth == 0 && (reader.IsWord("using"u8) || reader.IsWord("from"u8) || reader.IsWord("returning"u8));
                isName = reader.Current.Kind is SqlTokenKind.QuotedIdentifier || (reader.Current.Kind is SqlTokenKind.Word && !IsKeyword(reader));
            }

            return new Clauses(where, other, !other && !calls);
        }

        private static bool IsKeyword(in TokenReader reader) =>
            reader.IsWord("where"u8) || reader.IsWord("and"u8) || reader.IsWord("or"u8) || reader.IsWord("not"u8) || reader.IsWord("in"u8) || reader.IsWord("exists"u8)
            || reader.IsWord("any"u8) || reader.IsWord("all"u8) || reader.IsWord("select"u8) || reader.IsWord("from"u8) || reader.IsWord("values"u8) || reader.IsWord("on"u8);
    }
}
