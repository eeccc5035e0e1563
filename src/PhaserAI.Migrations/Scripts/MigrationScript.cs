namespace PhaserAI.Migrations.Scripts;

/// <summary>
/// A migration's file: its header and its checksum at once, and the rest when somebody asks for it. Most files are applied
/// already and unchanged, so that nobody does.
/// </summary>
internal sealed class MigrationScript
{
    private readonly Lazy<ParsedScript> _parsed;

    /// <summary>A file of the folder.</summary>
    public MigrationScript(MigrationFile file, IncludeFolder includes)
    {
        (Version, FileName, Text) = (file.Version, file.FileName, file.Text);
        Header = ScriptHeader.Parse(Text.Bytes);
        _parsed = new Lazy<ParsedScript>(() => ScriptParser.Parse(Text, includes));
        // \i and \ir (also as \include…) make other files part of the script; looking for them is cheaper than parsing.
        Checksum = Text.Bytes.IndexOf("\\i"u8) < 0 ? Scripts.Checksum.OfText(Text) : Parsed.Checksum;
    }

    /// <summary>A script that is read already.</summary>
    public MigrationScript(MigrationVersion version, string fileName, ParsedScript parsed)
    {
        (Version, FileName, Text) = (version, fileName, parsed.Text);
        (Header, Checksum) = (parsed.Header, parsed.Checksum);
        _parsed = new Lazy<ParsedScript>(parsed);
    }

    /// <summary>From its name.</summary>
    public MigrationVersion Version { get; }

    /// <summary>Its name without folder.</summary>
    public string FileName { get; }

    public SourceText Text { get; }

    public ScriptHeader Header { get; }

    /// <summary>SHA-256 of the text, and of what it includes.</summary>
    public string Checksum { get; }

    /// <summary>Its sections and statements.</summary>
    public ParsedScript Parsed => _parsed.Value;

    /// <summary>What the migration does: from its header, else from its name with spaces for underscores.</summary>
    public string Description => Header.Description ?? DescribeName(FileName);

    internal static string DescribeName(string fileName)
    {
        var name = Path.GetFileNameWithoutExtension(fileName);
        return name.Length > MigrationVersion.Length + 1 ? name[(MigrationVersion.Length + 1)..].Replace('_', ' ') : name;
    }
}
