namespace PhaserAI.Migrations.Cli.DevServer;

/// <summary>
/// The development database can't be had. The message is what happened, in one sentence; `Why` the reason when one is known, in words of
/// the server, of initdb or of npm, of one or more lines; `Next` what to type or to do next.
/// </summary>
internal sealed class DevServerException(string what, string? why, string next, Exception? inner = null) : Exception(what, inner)
{
    public const string OtherServer = "Or use a server of your own: set DB_HOST (with DB_PORT, DB_NAME, DB_USER, DB_PASSWORD) or DATABASE_URL.";

    public string? Why { get; } = string.IsNullOrWhiteSpace(why) ? null : why.Trim();

    public string Next { get; } = next;
}
