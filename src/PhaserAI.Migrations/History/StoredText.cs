using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.History;

/// <summary>What of a script is kept in the database: at most 1 MB a section, and no secret.</summary>
internal static class StoredText
{
    private const int MaxBytes = 1024 * 1024;

    /// <summary>The section with secrets masked, to be read by people; null when it is too large.</summary>
    public static string? Of(ScriptSection section) =>
        section.End - section.Start > MaxBytes ? null : SecretMask.Apply(section.GetString(), out _);

    /// <summary>The section to be run again later; null when it is too large or holds a secret.</summary>
    public static string? Runnable(ScriptSection section)
    {
        if (section.End - section.Start > MaxBytes)
            return null;
        var masked = SecretMask.Apply(section.GetString(), out var hasSecret);
        return hasSecret ? null : masked;
    }
}
