namespace PhaserAI.Migrations.Cli.Output;

/// <summary>Why a call failed.</summary>
/// <param name="ExitCode">See <see cref="Cli.ExitCode"/>.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Next">What to do or type next.</param>
internal sealed record CliError(int ExitCode, string Message, string Next)
{
    /// <summary>The words of another program, when they help.</summary>
    public string? Detail { get; init; }
}
