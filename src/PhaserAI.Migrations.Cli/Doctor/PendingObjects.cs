using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>What pending scripts name in plain words: extensions that they create, and tables of others that they change.</summary>
internal sealed class PendingObjects
{
    private readonly HashSet<string> _made = new(StringComparer.Ordinal);

    /// <summary>By name; where the first script asks for it.</summary>
    public Dictionary<string, string> Extensions { get; } = new(StringComparer.Ordinal);

    /// <summary>By schema (empty: the search_path's) and name; where it is changed first. What a script has made before is not among them.</summary>
    public Dictionary<(string Schema, string Name), string> Changed { get; } = [];

    /// <summary>Schemas, by name (empty: the search_path's first), in which something is made.</summary>
    public Dictionary<string, string> Filled { get; } = new(StringComparer.Ordinal);

    public static PendingObjects Read(MigrationPlan plan, CancellationToken cancellationToken)
    {
        var objects = new PendingObjects();
        foreach (var step in plan.Migrations.SelectMany(migration => migration.Runs.Skip(migration.FinishedSteps)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var statement in step.Statements)
                objects.Add(step.Text, statement);
        }

        return objects;
    }

    private void Add(SourceText text, SqlStatement statement)
    {
        var read = StatementObjects.Read(text, statement);
        foreach (var created in read.Created.Where(_ => !read.IsTemporary))
        {
            if (created.Type == "extension")
                Extensions.TryAdd(created.Name, Place(text, statement));
            else if (created.Type is "index" && created.Table is not null)
                Change(created.Schema, created.Table, text, statement);
            else if (created.Table is null && created.Type is not "schema" && !_made.Contains("schema " + created.Schema))
                Filled.TryAdd(created.Schema ?? "", Place(text, statement));
            _made.Add(created.Type == "schema" ? "schema " + created.Name : created.Name);
        }

        if (read.IsTemporary)
            _made.UnionWith(read.Created.Select(created => created.Name));
        if (statement.Command.StartsWith("ALTER TABLE", StringComparison.Ordinal) || statement.Command is "DROP TABLE")
            AddTarget(text, statement);
    }

    private void AddTarget(SourceText text, SqlStatement statement)
    {
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        reader.Read();
        ObjectType.Read(ref reader);
        DatabaseObject.TryReadIfExists(ref reader);
        reader.TryReadWord("only"u8);
        if (DatabaseObject.TryReadName(ref reader, out var schema, out var name))
            Change(schema, name, text, statement);
    }

    private void Change(string? schema, string name, SourceText text, SqlStatement statement)
    {
        if (!_made.Contains(name))
            Changed.TryAdd((schema ?? "", name), Place(text, statement));
    }

    private static string Place(SourceText text, SqlStatement statement)
    {
        var (file, line, _) = text.GetPlace(statement.Start);
        return $"{file}:{line}";
    }
}
