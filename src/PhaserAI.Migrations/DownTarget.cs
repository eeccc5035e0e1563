using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations;

/// <summary>How far <c>down</c> goes.</summary>
public sealed record DownTarget
{
    private DownTarget(MigrationVersion? keep, bool isAll)
    {
        Keep = keep;
        IsAll = isAll;
    }

    /// <summary>Only the newest applied migration.</summary>
    public static DownTarget Last { get; } = new(null, isAll: false);

    /// <summary>Every applied migration.</summary>
    public static DownTarget All { get; } = new(null, isAll: true);

    /// <summary>The newest migration that stays applied; null unless made by <see cref="After"/>.</summary>
    public MigrationVersion? Keep { get; }

    /// <summary>Whether nothing stays applied.</summary>
    public bool IsAll { get; }

    /// <summary>The migration that alone is taken back; null unless made by <see cref="Single"/>.</summary>
    internal string? Only { get; private init; }

    /// <summary>Everything applied after <paramref name="version"/>, which itself stays.</summary>
    public static DownTarget After(MigrationVersion version) => new(version, isAll: false);

    /// <summary>One migration, wherever it stands.</summary>
    internal static DownTarget Single(string version) => new(null, isAll: false) { Only = version };
}
