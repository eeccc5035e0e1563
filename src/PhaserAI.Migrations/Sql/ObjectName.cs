using System.Collections.Immutable;

namespace PhaserAI.Migrations.Sql;

/// <summary>The name of an object as a statement gives it, perhaps with its schema.</summary>
internal sealed record ObjectName(ImmutableArray<string> Parts)
{
    /// <summary>The name without its schema.</summary>
    public string Last => Parts[^1];

    /// <summary>Reads <c>name</c> or <c>schema.name</c>; false, and stays where it is, if there is none.</summary>
    public static bool TryRead(ref TokenReader reader, out ObjectName name)
    {
        var parts = ImmutableArray.CreateBuilder<string>();
        var ahead = reader;
        while (ahead.TryReadIdentifier(out var part))
        {
            parts.Add(part);
            reader = ahead;
            if (!ahead.TryReadCharacter('.'))
                break;
        }

        name = new ObjectName(parts.DrainToImmutable());
        return !name.Parts.IsEmpty;
    }

    /// <summary>As it can stand in SQL and in to_regclass.</summary>
    public override string ToString() => string.Join('.', Parts.Select(part => $"\"{part.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));
}
