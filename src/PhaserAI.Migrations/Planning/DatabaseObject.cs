using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Planning;

/// <summary>An object as a script names it.</summary>
/// <param name="Type">What it is, in the words of a message: <c>table</c>, <c>materialized view</c>, <c>column</c>.</param>
/// <param name="Schema">The schema that the script names; null when it leaves that to the search_path.</param>
/// <param name="Name">Its name.</param>
/// <param name="Table">The table that it belongs to, without schema; null for what stands by itself.</param>
internal sealed record DatabaseObject(string Type, string? Schema, string Name, string? Table = null)
{
    public override string ToString() => Type switch
    {
        "column" => $"column {Table}.{Name}",
        "constraint" or "trigger" or "policy" => $"{Type} {Name} of {Table}",
        _ => $"{Type} {(Schema is null ? "" : Schema + ".")}{Name}",
    };

    /// <summary>Reads <c>name</c> or <c>schema.name</c>; of <c>database.schema.name</c> the last two.</summary>
    public static bool TryReadName(ref TokenReader reader, out string? schema, out string name)
    {
        schema = null;
        if (!reader.TryReadIdentifier(out name))
            return false;
        for (var ahead = reader; ahead.TryReadCharacter('.') && ahead.TryReadIdentifier(out var part); reader = ahead)
            (schema, name) = (name, part);
        return !reader.TryReadWord("uescape"u8); // U&"d!0061t" UESCAPE '!' means another name
    }

    /// <summary>Reads IF EXISTS or IF NOT EXISTS; false, and stays where it is, if there is neither.</summary>
    public static bool TryReadIfExists(ref TokenReader reader)
    {
        var ahead = reader;
        if (!ahead.TryReadWord("if"u8))
            return false;
        ahead.TryReadWord("not"u8);
        if (!ahead.TryReadWord("exists"u8))
            return false;
        reader = ahead;
        return true;
    }
}
