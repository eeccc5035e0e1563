namespace PhaserAI.Migrations;

/// <summary>Who logs in to the database, and with what.</summary>
/// <param name="User">The database user.</param>
/// <param name="Password">Its password, or a token that serves as one.</param>
public sealed record DatabaseLogin(string User, string Password)
{
    /// <summary>What to do when the server refuses it, one sentence; null where the connection string's own mend fits.</summary>
    public string? Mend { get; init; }

    /// <summary>Without the password.</summary>
    public override string ToString() => User;
}
