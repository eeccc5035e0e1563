namespace PhaserAI.Migrations.Imports;

/// <summary>Flyway's versions: numbers with dots or underscores between them, of any length; 1, 1.0 and 001 are the same.</summary>
internal static class FlywayVersion
{
    /// <summary>The one form of a version: no leading zeros, no zeros at the end.</summary>
    public static string Normalize(string version)
    {
        var parts = version.Replace('_', '.').Split('.').Select(part => part.TrimStart('0') is { Length: > 0 } digits ? digits : "0").ToList();
        while (parts.Count > 1 && parts[^1] == "0")
            parts.RemoveAt(parts.Count - 1);
        return string.Join('.', parts);
    }

    /// <summary>Compares two versions in that form.</summary>
    public static int Compare(string left, string right)
    {
        var (a, b) = (left.Split('.'), right.Split('.'));
        for (var i = 0; i < Math.Max(a.Length, b.Length); i++)
        {
            var (x, y) = (i < a.Length ? a[i] : "0", i < b.Length ? b[i] : "0");
            var order = x.Length != y.Length ? x.Length.CompareTo(y.Length) : string.CompareOrdinal(x, y);
            if (order != 0)
                return order;
        }

        return 0;
    }
}
