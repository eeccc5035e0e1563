namespace PhaserAI.Migrations.Scripts;

/// <summary>The version of a migration, <c>YYYYMMDD_HHMMSS</c>: 8 digits, an underscore, 6 digits. Versions order as text.</summary>
public readonly record struct MigrationVersion : IComparable<MigrationVersion>
{
    /// <summary>Characters in a version.</summary>
    public const int Length = 15;

    private readonly string? _value;

    private MigrationVersion(string value) => _value = value;

    /// <summary>The version made from a moment in UTC, to the second.</summary>
    public static MigrationVersion From(DateTimeOffset moment) =>
        new(moment.UtcDateTime.ToString("yyyyMMdd_HHmmss", System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Reads exactly <c>YYYYMMDD_HHMMSS</c>; nothing before, nothing after.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static MigrationVersion Parse(ReadOnlySpan<char> text) => TryParse(text, out var version)
        ? version
        : throw new FormatException($"\"{text}\" is no version of a migration: it has the form YYYYMMDD_HHMMSS, for example 20250102_143000.");

    /// <summary>Reads exactly <c>YYYYMMDD_HHMMSS</c>; nothing before, nothing after.</summary>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out MigrationVersion version)
    {
        version = default;
        if (text.Length != Length || text[8] != '_')
            return false;
        for (var i = 0; i < Length; i++)
        {
            if (i != 8 && !char.IsAsciiDigit(text[i]))
                return false;
        }

        version = new MigrationVersion(text.ToString());
        return true;
    }

    /// <summary>Reads a version that stands at the beginning of a file name, or alone: <c>20250101_120000_initial_schema.sql</c>.</summary>
    public static bool TryParsePrefix(ReadOnlySpan<char> text, out MigrationVersion version)
    {
        version = default;
        return text.Length >= Length
            && (text.Length == Length || text[Length] is '_' or '.')
            && TryParse(text[..Length], out version);
    }

    /// <summary>Finds the first version in a text: in <c>infra/migrations/20250101_120000_initial_schema.sql (tables)</c>.</summary>
    internal static bool TryFind(ReadOnlySpan<char> text, out MigrationVersion version)
    {
        for (var start = 0; start + Length <= text.Length; start++)
        {
            var isWhole = (start == 0 || !char.IsAsciiDigit(text[start - 1]))
                && (start + Length == text.Length || !char.IsAsciiDigit(text[start + Length]));
            if (isWhole && TryParse(text.Slice(start, Length), out version))
                return true;
        }

        version = default;
        return false;
    }

    /// <inheritdoc/>
    public int CompareTo(MigrationVersion other) => string.CompareOrdinal(_value, other._value);

    /// <inheritdoc/>
    public override string ToString() => _value ?? "";

    /// <summary>Whether the left version comes first.</summary>
    public static bool operator <(MigrationVersion left, MigrationVersion right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left version comes first or is the same.</summary>
    public static bool operator <=(MigrationVersion left, MigrationVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left version comes later.</summary>
    public static bool operator >(MigrationVersion left, MigrationVersion right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left version comes later or is the same.</summary>
    public static bool operator >=(MigrationVersion left, MigrationVersion right) => left.CompareTo(right) >= 0;
}
