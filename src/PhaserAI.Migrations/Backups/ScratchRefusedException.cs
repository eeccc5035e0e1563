using Npgsql;

namespace PhaserAI.Migrations.Backups;

/// <summary>The server lets the user make no scratch database; whoever wanted it says what that means.</summary>
internal sealed class ScratchRefusedException(string server, string user, PostgresException cause) : Exception(cause.MessageText, cause)
{
    public string Server => server;

    /// <summary>Whose right it is that is missing.</summary>
    public string User => user;

    public string SqlState => cause.SqlState;

    public bool IsMissingRight => cause.SqlState is PostgresErrorCodes.InsufficientPrivilege;
}
