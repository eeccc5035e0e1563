namespace PhaserAI.Migrations.Imports;

/// <summary>What the name of another tool's file says.</summary>
/// <param name="Version">As written; of EF Core the whole MigrationId.</param>
/// <param name="Rest">The description.</param>
/// <param name="IsUndo">Whether the file takes the migration back.</param>
/// <param name="IsBaseline">Whether it stands for all migrations up to its version.</param>
internal sealed record ForeignName(string Version, string Rest, bool IsUndo, bool IsBaseline)
{
    private const int DateDigits = 14;

    /// <summary>Null for a name that is no versioned migration's.</summary>
    public static ForeignName? Read(ImportTool tool, string name)
    {
        if (!name.EndsWith(".sql", StringComparison.Ordinal))
            return null;
        name = name[..^4];
        return tool switch
        {
            ImportTool.Flyway => ReadFlyway(name),
            ImportTool.Dbmate => CountDigits(name) is var digits and > 0 ? new ForeignName(name[..digits], name[digits..], false, false) : null,
            _ => ReadEfCore(name),
        };
    }

    /// <summary>V1.1__description, U…, B…</summary>
    private static ForeignName? ReadFlyway(string name)
    {
        var end = name.IndexOf("__", StringComparison.Ordinal);
        return name is ['V' or 'U' or 'B', >= '0' and <= '9', ..] && end > 0 && end + 2 < name.Length && name[1..end].All(letter => char.IsAsciiDigit(letter) || letter is '.' or '_')
            ? new ForeignName(name[1..end], name[(end + 2)..], name[0] is 'U', name[0] is 'B')
            : null;
    }

    /// <summary>20250101120000_Name, and the same with .down</summary>
    private static ForeignName? ReadEfCore(string name)
    {
        var isUndo = name.EndsWith(".down", StringComparison.Ordinal);
        var id = isUndo ? name[..^5] : name;
        return CountDigits(id) == DateDigits && id.Length > DateDigits + 1 && id[DateDigits] == '_'
            ? new ForeignName(id, id[(DateDigits + 1)..], isUndo, false)
            : null;
    }

    private static int CountDigits(string name) => name.TakeWhile(char.IsAsciiDigit).Count();
}
