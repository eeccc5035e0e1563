using System.Collections.Frozen;
using System.Text;

namespace PhaserAI.Migrations.Sql;

/// <summary>A type of object that CREATE, ALTER and DROP name, with the commands as messages show them.</summary>
internal sealed class ObjectType
{
    private static readonly FrozenDictionary<string, ObjectType[]>.AlternateLookup<ReadOnlySpan<char>> ByFirstWord = new[]
    {
        "ACCESS METHOD", "AGGREGATE", "CAST", "COLLATION", "CONVERSION", "DATABASE", "DOMAIN", "EVENT TRIGGER", "EXTENSION",
        "FOREIGN DATA WRAPPER", "FOREIGN TABLE", "FUNCTION", "GROUP", "INDEX", "LANGUAGE", "LARGE OBJECT",
        "MATERIALIZED VIEW", "OPERATOR CLASS", "OPERATOR FAMILY", "OPERATOR", "POLICY", "PROCEDURE",
        "PUBLICATION", "ROLE", "ROUTINE", "RULE", "SCHEMA", "SEQUENCE", "SERVER", "STATISTICS", "SUBSCRIPTION", "TABLE",
        "TABLESPACE", "TEXT SEARCH CONFIGURATION", "TEXT SEARCH DICTIONARY", "TEXT SEARCH PARSER", "TEXT SEARCH TEMPLATE",
        "TRANSFORM", "TRIGGER", "TYPE", "USER MAPPING", "USER", "VIEW", "DEFAULT PRIVILEGES",
    }
        .Select(static name => new ObjectType(name))
        .GroupBy(static type => type.Name.Split(' ')[0], StringComparer.Ordinal)
        .ToFrozenDictionary(static group => group.Key, static group => group.ToArray(), StringComparer.Ordinal)
        .GetAlternateLookup<ReadOnlySpan<char>>();

    private readonly byte[][] _furtherWords;

    private ObjectType(string name)
    {
        Name = name;
        Create = "CREATE " + name;
        Alter = "ALTER " + name;
        Drop = "DROP " + name;
        _furtherWords = [.. name.Split(' ')[1..].Select(static word => Encoding.ASCII.GetBytes(word.ToLowerInvariant()))];
    }

    public string Name { get; }

    public string Create { get; }

    public string Alter { get; }

    public string Drop { get; }

    /// <summary>Reads the words of an object type; null, and the reader stays where it is, if there are none.</summary>
    public static ObjectType? Read(ref TokenReader reader)
    {
        var ahead = reader;
        if (!ahead.Read() || ahead.Current.Kind != SqlTokenKind.Word)
            return null;
        var word = StatementClassifier.UpperCase(ahead.CurrentText, stackalloc char[32]);
        if (!ByFirstWord.TryGetValue(word, out var types))
            return null;

        foreach (var type in types)
        {
            var further = ahead;
            if (type.ReadFurtherWords(ref further))
            {
                reader = further;
                return type;
            }
        }

        return null;
    }

    private bool ReadFurtherWords(ref TokenReader reader)
    {
        foreach (var word in _furtherWords)
        {
            if (!reader.TryReadWord(word))
                return false;
        }

        return true;
    }
}
