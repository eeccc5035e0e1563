namespace PhaserAI.Migrations.Cli.Output;

/// <summary>The database that a call works on.</summary>
/// <param name="Environment">dev, test, staging or prod.</param>
/// <param name="Host">Its server.</param>
/// <param name="Port">Its port.</param>
/// <param name="Database">Its name.</param>
/// <param name="User">The user.</param>
/// <param name="EmbeddedFolder">The folder of the embedded development database; null for any other server.</param>
internal sealed record TargetInfo(string Environment, string Host, int Port, string Database, string User, string? EmbeddedFolder)
{
    public override string ToString() => $"{Database} on {Host}:{Port} ({Environment})";
}
