namespace PhaserAI.Migrations.Cli.DevServer;

/// <summary>
/// A development database that was running a moment ago. `Folder` holds the cluster and the file with the password; `Created` and
/// `Started` are what this call did; `Note` says why the cluster does not lie in the project, when it does not.
/// </summary>
internal sealed record DevDatabase(
    string Host,
    int Port,
    string Database,
    string User,
    string Password,
    string Folder,
    string ServerVersion,
    bool Created,
    bool Started,
    string? Note)
{
    /// <summary>Without the password: this text ends up in logs.</summary>
    public override string ToString() => $"{User}@{Host}:{Port}/{Database} (PostgreSQL {ServerVersion}, {Folder})";
}

/// <summary>
/// What is there, without touching it. `Port` and `Pid` are the running server's, else null; `Version` is that of the server that ran
/// last; `Size` is in bytes on disk, 0 without a cluster.
/// </summary>
internal sealed record DevServerStatus(
    bool Exists,
    bool Running,
    string Folder,
    int? Port,
    int? Pid,
    string? Version,
    string? BinariesFolder,
    string? LogFile,
    long Size,
    string? Note);

/// <summary>How to talk to the development database with psql.</summary>
/// <param name="Program">psql's path, or null when the machine has none: PostgreSQL from npm comes without it.</param>
/// <param name="Environment">PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD; to be added to the caller's environment.</param>
internal sealed record PsqlCall(string? Program, IReadOnlyDictionary<string, string> Environment)
{
    public override string ToString() => Program ?? "no psql";
}
