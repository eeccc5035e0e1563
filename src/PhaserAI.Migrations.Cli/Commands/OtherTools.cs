namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>Words that other tools have for something, and what it is called here.</summary>
internal static class OtherTools
{
    /// <summary>By command and word: the command here, and what it does.</summary>
    private static readonly (string Of, string[] Words, string Command, string Meaning)[] Known =
    [
        ("", ["migrate", "apply", "update", "upgrade", "deploy", "latest", "run", "push", "sync"], "up", "applies everything pending"),
        ("", ["rollback", "undo", "revert", "downgrade", "back"], "down", "rolls back the last migration"),
        ("", ["reset", "rollback-all", "drop", "clean", "erase"], "down --all", "rolls back every migration; dev reset deletes the development database"),
        ("", ["redo"], "down", "rolls back the last migration, and up applies it again"),
        ("", ["info", "show", "state", "current"], "status", "shows what is applied and what is pending"),
        ("", ["pending"], "status --check", "ends with exit code 7 when something is pending"),
        ("", ["ls", "migrations"], "list", "lists the migrations"),
        ("", ["create", "generate", "add", "make", "gen", "g"], "new NAME", "makes a migration file"),
        ("", ["dump", "backups", "snapshot"], "backup create", "backs the database up"),
        ("", ["restore", "load"], "backup restore", "restores a backup"),
        ("", ["check", "verify", "diff"], "validate", "compares files and history; with --deep, the database too"),
        ("", ["lint", "parse"], "inspect FILE", "shows how the tool reads a file"),
        ("", ["dry-run", "script", "preview", "updatesql", "update-sql"], "plan", "shows each statement that up would run"),
        ("", ["log", "logs", "audit"], "history", "shows what was done, by whom, and how it ended"),
        ("", ["config", "env", "configuration"], "settings", "shows every setting and where it comes from"),
        ("", ["mark", "stamp", "fake", "resolve"], "baseline VERSION", "records migrations as applied without running them; repair --applied records one"),
        ("", ["hash", "fix", "force", "unlock"], "repair", "records edited files, or one migration, as they are; there is no lock or dirty flag to be forced"),
        ("", ["test", "try"], "rehearse", "tries what is pending on a copy"),
        ("", ["ping", "wait", "diagnose", "health"], "doctor", "checks the connection and everything else"),
        ("", ["psql", "shell", "console", "connect"], "dev psql", "opens psql on the development database"),
        ("", ["start", "stop", "serve"], "dev start", "starts the development database; dev stop stops it"),
        ("", ["help", "?", "usage"], "--help", "lists the commands"),
        ("", ["version"], "--version", "is the tool's version; status shows the database's"),
        ("backup", ["make", "new", "dump", "save"], "backup create", "makes one"),
        ("backup", ["delete", "remove", "rm", "clean"], "backup prune", "deletes old ones"),
        ("backup", ["ls", "show"], "backup list", "shows what there is"),
        ("backup", ["check", "test"], "backup verify", "proves one by restoring it"),
        ("backup", ["get", "fetch"], "backup download", "fetches one"),
        ("dev", ["up", "run", "create", "init"], "dev start", "starts it, and makes it the first time"),
        ("dev", ["down", "kill"], "dev stop", "stops it; the data stay"),
        ("dev", ["drop", "delete", "clean", "remove", "rm"], "dev reset", "deletes it with all its data"),
        ("dev", ["shell", "console", "connect", "sql"], "dev psql", "opens psql on it"),
        ("dev", ["info", "show"], "dev status", "shows where it is"),
    ];

    /// <summary>What it is called here; null when no tool is known that has such a word.</summary>
    /// <param name="command">The command below which it was typed: empty, backup or dev.</param>
    /// <param name="word">The word.</param>
    public static (string Command, string Meaning)? Find(string command, string word)
    {
        var found = Array.Find(Known, entry => entry.Of == command && entry.Words.Contains(word, StringComparer.OrdinalIgnoreCase));
        return found.Command is null ? null : (found.Command, found.Meaning);
    }
}
