namespace PhaserAI.Migrations.Cli;

/// <summary>The command line or the configuration is wrong: exit code 2.</summary>
internal sealed class UsageException(string message, string next) : Exception(message)
{
    /// <summary>What to type or set instead.</summary>
    public string Next => next;
}
