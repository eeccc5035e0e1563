using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Planning;

/// <summary>
/// The objects that a statement creates, and those that may be gone after it. What can't be told for certain counts as
/// gone: it is better to say nothing of an object than to miss one that was dropped on purpose.
/// </summary>
internal sealed class StatementObjects
{
    /// <summary>What is there after the statement.</summary>
    public List<DatabaseObject> Created { get; } = [];

    /// <summary>Names, without schema, of what may be gone; with all that belongs to it.</summary>
    public List<string> Removed { get; } = [];

    /// <summary>Columns that may be gone: their table's indexes, constraints and sequences may be gone with them.</summary>
    public List<(string Table, string Column)> RemovedColumns { get; } = [];

    /// <summary>What goes when something else does: partitions, tables that inherit, owned sequences.</summary>
    public List<(string Owner, DatabaseObject Owned)> Owned { get; } = [];

    /// <summary>Whether anything may be gone.</summary>
    public bool RemovesAnything { get; private set; }

    /// <summary>Whether it creates temporary objects; they and what belongs to them are nobody's to look for.</summary>
    public bool IsTemporary { get; private set; }

    /// <summary>Whether objects are kept when something of that name is there already.</summary>
    public bool IfNotExists { get; private set; }

    public static StatementObjects Read(SourceText text, in SqlStatement statement)
    {
        var objects = new StatementObjects();
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        reader.Read();
        if (statement.Command.StartsWith("CREATE", StringComparison.Ordinal))
            objects.ReadCreate(ref reader);
        else if (statement.Command is "ALTER TABLE" or "ALTER FOREIGN TABLE" or "ALTER TABLE DETACH CONCURRENTLY")
            objects.ReadAlterTable(ref reader);
        else if (statement.Command.StartsWith("ALTER", StringComparison.Ordinal))
            objects.ReadAlter(ref reader);
        else if (statement.Command.StartsWith("DROP", StringComparison.Ordinal))
            objects.ReadDrop(ref reader);
        return objects;
    }

    private void ReadCreate(ref TokenReader reader)
    {
        while (reader.TryReadWord("or"u8) || reader.TryReadWord("replace"u8) || reader.TryReadWord("unique"u8) || reader.TryReadWord("unlogged"u8)
            || reader.TryReadWord("global"u8) || reader.TryReadWord("local"u8) || reader.TryReadWord("recursive"u8) || reader.TryReadWord("constraint"u8)
            || ReadTemporary(ref reader))
        {
        }

        var type = ObjectType.Read(ref reader)?.Name;
        reader.TryReadWord("concurrently"u8);
        IfNotExists = DatabaseObject.TryReadIfExists(ref reader);
        switch (type)
        {
            case "TABLE" or "FOREIGN TABLE":
                ReadCreateTable(ref reader, type);
                break;
            case "SEQUENCE" when DatabaseObject.TryReadName(ref reader, out var schema, out var name):
                Add(new DatabaseObject("sequence", schema, name));
                ReadOwner(ref reader, new DatabaseObject("sequence", schema, name));
                break;
            case "VIEW" or "MATERIALIZED VIEW" or "TYPE" or "DOMAIN" or "FUNCTION" or "PROCEDURE" or "AGGREGATE" when DatabaseObject.TryReadName(ref reader, out var schema, out var name):
                Add(new DatabaseObject(type.ToLowerInvariant(), schema, name));
                break;
            case "SCHEMA" when !reader.TryReadWord("authorization"u8) && reader.TryReadIdentifier(out var name):
                Add(new DatabaseObject("schema", null, name));
                break;
            case "EXTENSION" when reader.TryReadIdentifier(out var name):
                Add(new DatabaseObject("extension", null, name));
                break;
            case "INDEX" or "TRIGGER" or "POLICY" when reader.TryReadIdentifier(out var name):
                ReadOnTable(ref reader, type.ToLowerInvariant(), name);
                break;
        }
    }

    private bool ReadTemporary(ref TokenReader reader) =>
        (reader.TryReadWord("temporary"u8) || reader.TryReadWord("temp"u8)) && (IsTemporary = true);

    private void ReadCreateTable(ref TokenReader reader, string type)
    {
        if (!DatabaseObject.TryReadName(ref reader, out var schema, out var name))
            return;
        var table = new DatabaseObject(type.ToLowerInvariant(), schema, name);
        Add(table);
        if (reader.TryReadWord("partition"u8) && reader.TryReadWord("of"u8) && DatabaseObject.TryReadName(ref reader, out _, out var whole))
            Owned.Add((whole, table));
        while (reader.Read())
        {
            if (!reader.IsWord("inherits"u8) || !reader.TryReadCharacter('('))
                continue;
            do
            {
                if (DatabaseObject.TryReadName(ref reader, out _, out var parent))
                    Owned.Add((parent, table));
            }
            while (reader.TryReadCharacter(','));
        }
    }

    private void ReadOnTable(ref TokenReader reader, string type, string name)
    {
        // ON is a reserved word. An index without a name has ON in its place.
        var isIndex = type == "index";
        while (!reader.TryReadWord("on"u8))
        {
            if (isIndex || !reader.Read())
                return;
        }

        reader.TryReadWord("only"u8);
        if (DatabaseObject.TryReadName(ref reader, out var schema, out var table))
            Add(new DatabaseObject(type, schema, name, table));
    }

    private void ReadOwner(ref TokenReader reader, DatabaseObject sequence)
    {
        while (reader.Read())
        {
            if (reader.IsWord("owned"u8) && reader.TryReadWord("by"u8) && DatabaseObject.TryReadName(ref reader, out var table, out _) && table is not null)
                Owned.Add((table, sequence));
        }
    }

    private void ReadAlterTable(ref TokenReader reader)
    {
        ObjectType.Read(ref reader);
        var ifExists = DatabaseObject.TryReadIfExists(ref reader);
        reader.TryReadWord("only"u8);
        if (!DatabaseObject.TryReadName(ref reader, out var schema, out var table))
        {
            RemovesAnything = true;
            return;
        }

        reader.TryReadCharacter('*');
        do
        {
            var action = reader;
            if (action.TryReadWord("add"u8))
                ReadAdd(ref action, schema, table, ifExists);
            else if (action.TryReadWord("drop"u8))
                ReadDropOf(ref action, table);
            else if (action.TryReadWord("rename"u8))
                ReadRename(ref action, table);
            else if (action.TryReadWord("set"u8) && action.TryReadWord("schema"u8))
                Removed.Add(table);
            else if (action.TryReadWord("attach"u8) && action.TryReadWord("partition"u8) && DatabaseObject.TryReadName(ref action, out _, out var partition))
                Owned.Add((table, new DatabaseObject("table", null, partition)));
            else if (action.TryReadWord("inherit"u8) && DatabaseObject.TryReadName(ref action, out _, out var parent))
                Owned.Add((parent, new DatabaseObject("table", schema, table)));
        }
        while (SkipAction(ref reader));
    }

    private void ReadAdd(ref TokenReader reader, string? schema, string table, bool ifExists)
    {
        if (reader.TryReadWord("constraint"u8))
        {
            if (!reader.TryReadIdentifier(out var constraint))
                return;
            if (!ifExists)
                Add(new DatabaseObject("constraint", schema, constraint, table));

            // The index takes the constraint's name.
            while (reader.Read() && !reader.IsCharacter(',') && !reader.IsCharacter('('))
            {
                if (reader.IsWord("using"u8) && reader.TryReadWord("index"u8) && reader.TryReadIdentifier(out var index))
                    Removed.Add(index);
            }

            return;
        }

        var isColumn = reader.TryReadWord("column"u8);
        DatabaseObject.TryReadIfExists(ref reader);
        var isConstraint = !isColumn && (reader.TryReadWord("check"u8) || reader.TryReadWord("unique"u8) || reader.TryReadWord("primary"u8)
            || reader.TryReadWord("foreign"u8) || reader.TryReadWord("exclude"u8) || reader.TryReadWord("not"u8));
        if (!isConstraint && !ifExists && reader.TryReadIdentifier(out var column))
            Created.Add(new DatabaseObject("column", schema, column, table));
    }

    private void ReadDropOf(ref TokenReader reader, string table)
    {
        var isConstraint = reader.TryReadWord("constraint"u8);
        if (!isConstraint)
            reader.TryReadWord("column"u8);
        DatabaseObject.TryReadIfExists(ref reader);
        if (!reader.TryReadIdentifier(out var name))
            RemovesAnything = true;
        else if (isConstraint)
            Removed.Add(name);
        else
            RemovedColumns.Add((table, name));
        RemovesAnything |= reader.TryReadWord("cascade"u8);
    }

    /// <summary>RENAME TO new, RENAME [COLUMN] old TO new, RENAME CONSTRAINT old TO new.</summary>
    private void ReadRename(ref TokenReader reader, string table)
    {
        if (reader.TryReadWord("to"u8))
        {
            Removed.Add(table);
            return;
        }

        if (reader.TryReadWord("constraint"u8) && reader.TryReadIdentifier(out var constraint))
        {
            Removed.Add(constraint);
            return;
        }

        reader.TryReadWord("column"u8);
        if (reader.TryReadIdentifier(out var column))
            RemovedColumns.Add((table, column));
    }

    /// <summary>Goes behind the next comma outside parentheses; false at the end.</summary>
    private static bool SkipAction(ref TokenReader reader)
    {
        for (var depth = 0; reader.Read();)
        {
            if (reader.Current.Kind is SqlTokenKind.OpenParenthesis)
                depth++;
            else if (reader.Current.Kind is SqlTokenKind.CloseParenthesis)
                depth--;
            else if (depth == 0 && reader.IsCharacter(','))
                return true;
        }

        return false;
    }

    /// <summary>An object that takes another name or schema is no longer where the script has made it.</summary>
    private void ReadAlter(ref TokenReader reader)
    {
        var type = ObjectType.Read(ref reader)?.Name;
        DatabaseObject.TryReadIfExists(ref reader);
        if (!DatabaseObject.TryReadName(ref reader, out var schema, out var name))
            return;
        var moves = false;
        var rest = reader;
        while (rest.Read())
            moves |= rest.IsWord("rename"u8) || (rest.IsWord("set"u8) && rest.TryReadWord("schema"u8));
        if (moves && type is "SCHEMA")
            RemovesAnything = true;
        else if (moves && type is not "EXTENSION")
            Removed.Add(name);
        else if (type is "SEQUENCE")
            ReadOwner(ref reader, new DatabaseObject("sequence", schema, name));
        else if (type is "INDEX" && reader.TryReadWord("attach"u8) && reader.TryReadWord("partition"u8) && DatabaseObject.TryReadName(ref reader, out _, out var part))
            Owned.Add((name, new DatabaseObject("index", null, part)));
    }

    private void ReadDrop(ref TokenReader reader)
    {
        if (reader.TryReadWord("owned"u8) || ObjectType.Read(ref reader) is not { } type)
        {
            RemovesAnything = true;
            return;
        }

        reader.TryReadWord("concurrently"u8);
        DatabaseObject.TryReadIfExists(ref reader);
        var isKnown = DatabaseObject.TryReadName(ref reader, out _, out var name);
        Removed.Add(name);
        while (reader.Read())
        {
            if (reader.IsWord("cascade"u8))
                RemovesAnything = true;
            if (reader.IsCharacter(',') && DatabaseObject.TryReadName(ref reader, out _, out name))
                Removed.Add(name);
        }

        // DROP CAST (…), DROP TRANSFORM FOR …: none of what is looked for.
        RemovesAnything |= !isKnown && type.Name is not ("CAST" or "OPERATOR" or "TRANSFORM");
    }

    private void Add(DatabaseObject created)
    {
        if (created.Schema == "pg_temp")
            IsTemporary = true;
        Created.Add(created);
    }
}
