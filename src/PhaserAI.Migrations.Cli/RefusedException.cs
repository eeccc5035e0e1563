namespace PhaserAI.Migrations.Cli;

/// <summary>The environment's policy does not allow the run: exit code 6, nothing was changed.</summary>
internal sealed class RefusedException(string message, string next) : Exception(message)
{
    /// <summary>What would make it allowed.</summary>
    public string Next => next;
}
