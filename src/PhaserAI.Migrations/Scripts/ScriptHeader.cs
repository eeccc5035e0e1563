using System.Collections.Immutable;
using System.Text;

namespace PhaserAI.Migrations.Scripts;

/// <summary>The leading <c>-- Key: value</c> lines of a script. Unknown keys are kept.</summary>
internal sealed record ScriptHeader(ImmutableArray<KeyValuePair<string, string>> Fields)
{
    public static ScriptHeader Empty { get; } = new([]);

    public string? this[string key]
    {
        get
        {
            foreach (var field in Fields)
            {
                if (string.Equals(field.Key, key, StringComparison.OrdinalIgnoreCase))
                    return field.Value;
            }

            return null;
        }
    }

    /// <summary>What the migration does: its Description, else its Migration line; null when the header has neither.</summary>
    public string? Description => NotEmpty(this["Description"]) ?? NotEmpty(this["Migration"]);

    /// <summary>The entries of the Dependencies line as written; <c>None</c>, whatever follows it, is none.</summary>
    public ImmutableArray<string> Dependencies
    {
        get
        {
            var value = this["Dependencies"];
            if (value is null || value.Split([' ', ',', '.', '(', '-', ';'], 2)[0].Equals("none", StringComparison.OrdinalIgnoreCase))
                return [];
            return [.. value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        }
    }

    /// <summary>The environments that the migration is meant for; null when it is meant for all of them.</summary>
    public ImmutableArray<string>? Environments => this["Environments"] is { } value
        ? [.. value.Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Select(EnvironmentName.Normalize)]
        : null;

    /// <summary>Reads the header of a script; it ends at the first line that is no comment, or at a section marker.</summary>
    public static ScriptHeader Parse(ReadOnlySpan<byte> text)
    {
        var fields = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        var comments = 0;
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range].Trim(" \t\r\f\v"u8);
            if (line.IsEmpty && comments == 0)
                continue;
            if (!line.StartsWith("--"u8) || SectionMarker.Read(line, out _) is MarkerKind.Marker)
                break;
            comments++;
            ReadLine(Encoding.UTF8.GetString(line[2..]), fields);
        }

        return fields.Count == 0 ? Empty : new ScriptHeader(fields.DrainToImmutable());
    }

    private static void ReadLine(string line, ImmutableArray<KeyValuePair<string, string>>.Builder fields)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        var key = colon < 0 ? "" : line[..colon].Trim();
        if (IsKey(key) && !line.AsSpan(colon + 1).StartsWith("//"))
        {
            fields.Add(new(key, line[(colon + 1)..].Trim()));
        }
        else if (fields.Count > 0 && (line.StartsWith("  ", StringComparison.Ordinal) || line.StartsWith('\t')) && line.Trim().Length > 0)
        {
            // A value goes on in an indented line.
            var (lastKey, lastValue) = fields[^1];
            fields[^1] = new(lastKey, (lastValue + " " + line.Trim()).Trim());
        }
    }

    private static bool IsKey(string key)
    {
        if (key.Length is 0 or > 40 || !char.IsAsciiLetter(key[0]))
            return false;
        if (key.Equals("UP", StringComparison.OrdinalIgnoreCase) || key.Equals("DOWN", StringComparison.OrdinalIgnoreCase))
            return false;
        foreach (var c in key)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not (' ' or '-' or '_'))
                return false;
        }

        return true;
    }

    private static string? NotEmpty(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
