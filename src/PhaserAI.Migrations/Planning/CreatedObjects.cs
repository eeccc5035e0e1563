using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Planning;

/// <summary>
/// What scripts, one after the other, create and do not drop or rename again. Creating is read to the letter, dropping
/// generously: it is by name alone, in whatever schema and of whatever type.
/// </summary>
internal sealed class CreatedObjects
{
    private readonly Dictionary<DatabaseObject, CreatedObject> _objects = [];
    private readonly List<(string Owner, DatabaseObject Owned)> _owned = [];
    private readonly Dictionary<string, string> _tables = new(StringComparer.Ordinal);
    private readonly DynamicCode _dynamic = new();

    public IReadOnlyCollection<CreatedObject> Objects => _objects.Values;

    /// <summary>Takes a script's statements into account.</summary>
    /// <param name="version">Its migration.</param>
    /// <param name="section">What has run.</param>
    public void Apply(string version, ScriptSection section)
    {
        var temporary = new HashSet<string>(StringComparer.Ordinal);
        foreach (var statement in section.Statements)
        {
            if (statement.Command == "ROLLBACK TO SAVEPOINT")
                Remove(created => created.Version == version); // what it has undone is not worth finding out
            var objects = Remove(section.Text, statement);
            // What is made of something temporary, as a view on it, is temporary itself, or goes with it.
            var isTemporary = objects.IsTemporary || Mentions(section.Text, statement, temporary);
            if (isTemporary)
                temporary.UnionWith(objects.Created.Select(created => created.Name));
            foreach (var created in objects.Created)
            {
                if (created.Type is "function" or "procedure")
                    _dynamic.Learn(section.Text, statement, created.Name);
                if (!isTemporary && IsHere(created, objects.IfNotExists) && !(objects.IfNotExists && _objects.ContainsKey(created)))
                    _objects[created] = new CreatedObject(created, version, section.Text, statement);
            }

            _owned.AddRange(objects.Owned);
        }

        // Where the search_path leads to temporary tables, nobody can tell which ones they are.
        if (section.Text.Bytes[section.Start..section.End].IndexOf("pg_temp"u8) >= 0)
            Remove(created => created.Version == version);
    }

    /// <summary>Takes a script into account of which it is not known how much has run: what it creates may be missing.</summary>
    public void ApplyPartly(ScriptSection section)
    {
        foreach (var statement in section.Statements)
        {
            foreach (var created in Remove(section.Text, statement).Created)
                _objects.Remove(created);
        }
    }

    /// <summary>Takes a script into account of which nothing is known: it may have dropped anything.</summary>
    public void ApplyUnknown() => _objects.Clear();

    private StatementObjects Remove(SourceText text, in SqlStatement statement)
    {
        var objects = StatementObjects.Read(text, statement);
        if (objects.RemovesAnything || _dynamic.MayRemoveAnything(text, statement, objects.Removed))
            _objects.Clear();
        foreach (var name in objects.Removed)
            Remove(name);
        foreach (var (table, column) in objects.RemovedColumns)
            RemoveColumn(table, column, []);
        return objects;
    }

    private void Remove(string name)
    {
        Remove(created => created.Object.Name == name || created.Object.Table == name);
        foreach (var (_, owned) in TakeOwned(name, static _ => true))
            Remove(owned.Name);
    }

    /// <summary>CREATE INDEX IF NOT EXISTS leaves an index of that name where it is: perhaps on another table, and then it goes with that one.</summary>
    private bool IsHere(DatabaseObject created, bool ifNotExists)
    {
        if (created is not { Type: "index", Table: { } table })
            return true;
        if (ifNotExists && _tables.TryGetValue(created.Name, out var other) && other != table)
            return false;
        _tables[created.Name] = table;
        return true;
    }

    private static bool Mentions(SourceText text, in SqlStatement statement, HashSet<string> names)
    {
        if (names.Count == 0)
            return false;
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        while (reader.Read())
        {
            if (reader.Current.Kind is SqlTokenKind.Word or SqlTokenKind.QuotedIdentifier && names.Contains(SqlLiteral.IdentifierName(reader.CurrentText)))
                return true;
        }

        return false;
    }

    private void RemoveColumn(string table, string column, HashSet<string> done)
    {
        if (!done.Add(table))
            return;
        Remove(created => created.Object.Table == table && (created.Object.Type is "index" or "constraint" || (created.Object.Type == "column" && created.Object.Name == column)));
        foreach (var (_, sequence) in TakeOwned(table, static owned => owned.Type == "sequence"))
            Remove(sequence.Name);
        foreach (var (_, part) in _owned.Where(pair => pair.Owner == table).ToArray())
            RemoveColumn(part.Name, column, done);
    }

    private (string Owner, DatabaseObject Owned)[] TakeOwned(string owner, Func<DatabaseObject, bool> isMeant)
    {
        var taken = _owned.Where(pair => pair.Owner == owner && isMeant(pair.Owned)).ToArray();
        _owned.RemoveAll(pair => taken.Contains(pair));
        return taken;
    }

    private void Remove(Func<CreatedObject, bool> isGone)
    {
        foreach (var created in _objects.Values.Where(isGone).ToArray())
            _objects.Remove(created.Object);
    }
}
