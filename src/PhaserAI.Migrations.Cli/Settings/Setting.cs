using System.Collections.Immutable;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>A setting, declared once: help, lookup and documentation all come from here.</summary>
/// <param name="Variables">Environment variables, the first that is set counts.</param>
/// <param name="Help">What it decides, one sentence.</param>
internal sealed record Setting(ImmutableArray<string> Variables, string Help)
{
    /// <summary>The command-line option; null for what must not stand in process arguments or is rarely changed.</summary>
    public string? Flag { get; init; }

    /// <summary>What stands for its value in help.</summary>
    public string? Value { get; init; }

    /// <summary>In words, for help.</summary>
    public string? Default { get; init; }

    /// <summary>Whether its value must never be shown.</summary>
    public bool IsSecret { get; init; }

    public string Name => Flag ?? Variables[0];
}
