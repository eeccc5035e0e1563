using System.Collections.Immutable;

namespace PhaserAI.Migrations.Cli.DevServer;

/// <summary>A program, its arguments and what it may see; no shell ever reads it.</summary>
internal sealed record ProgramCall(string Program, params ImmutableArray<string> Arguments)
{
    /// <summary>The whole environment of the program; null: the caller's.</summary>
    public ImmutableDictionary<string, string>? Environment { get; init; }

    /// <summary>Null: the caller's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>What the program reads from its standard input, then end of file.</summary>
    public string Input { get; init; } = "";
}

internal sealed record ProgramResult(int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>What the program said, wherever it said it.</summary>
    public string Words => string.Join('\n', new[] { Error.Trim(), Output.Trim() }.Where(text => text.Length > 0));
}
