namespace PhaserAI.Migrations.Cli.DevServer;

/// <summary>Sentences that several failures share.</summary>
internal static class Hints
{
    public static string Install =>
        (OperatingSystem.IsMacOS() ? "Install PostgreSQL: brew install postgresql@17."
            : OperatingSystem.IsWindows() ? "Install PostgreSQL from https://www.postgresql.org/download/windows/."
            : File.Exists("/etc/debian_version") ? "Install PostgreSQL: apt-get install postgresql."
            : File.Exists("/etc/alpine-release") ? "Install PostgreSQL: apk add postgresql17 postgresql17-contrib."
            : File.Exists("/etc/redhat-release") ? "Install PostgreSQL: dnf install postgresql-server postgresql-contrib."
            : "Install PostgreSQL 14 or newer (https://www.postgresql.org/download/).")
        + " " + DevServerException.OtherServer;

    /// <summary>The end of what a program wrote, where the reason stands.</summary>
    public static string LastLines(string text) =>
        string.Join('\n', text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(8));
}
