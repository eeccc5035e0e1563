using Npgsql;
using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>On which server the copy is made: never on the source's own unasked.</summary>
internal static class RehearsalServer
{
    /// <summary>Every server has it (initdb makes it).</summary>
    private const string Maintenance = "postgres";

    /// <summary>Before anything is started or asked.</summary>
    /// <exception cref="UsageException">Nobody could know what is meant.</exception>
    public static void Check(Call call, string? on)
    {
        if (on is null or "dev" or "source" || IsUrl(on))
            return;
        throw new UsageException(
            $"--on is \"{on}\", which is no server",
            $"Use --on dev, --on source or --on postgres://user@host/postgres, or set {KnownSettings.RehearseDatabaseUrl.Name}. {call.Host.CommandName} rehearse --help says more.");
    }

    /// <summary>A connection string of a database of that server.</summary>
    /// <exception cref="UsageException">The URL can't be read, or has a password that all users of the machine could see.</exception>
    public static async Task<string> FindAsync(Call call, string? on, string source, CancellationToken cancellationToken)
    {
        if (on is "source")
            return source;
        var set = call.Settings.Reader.Find(KnownSettings.RehearseDatabaseUrl);
        if (on is null && set is not null)
            return Read(set).ConnectionString;
        if (on is not null and not "dev")
        {
            var given = Read(new SettingValue(on, "--on", call.Host.CurrentDirectory));
            return string.IsNullOrEmpty(given.Password) ? given.ConnectionString : throw new UsageException(
                "--on has a password, which everybody on this machine can read in the list of processes",
                $"Set {KnownSettings.RehearseDatabaseUrl.Name} to the URL, or keep the password in ~/.pgpass.");
        }

        var dev = await call.Embedded.StartAsync(new NoteProgress(call.Reporter), cancellationToken);
        return new NpgsqlConnectionStringBuilder
        {
            Host = dev.Host,
            Port = dev.Port,
            Database = Maintenance,
            Username = dev.User,
            Password = dev.Password,
            SslMode = SslMode.Disable,
        }.ConnectionString;
    }

    private static bool IsUrl(string text) => text.Contains("://", StringComparison.Ordinal) || text.Contains('=', StringComparison.Ordinal);

    private static NpgsqlConnectionStringBuilder Read(SettingValue url) => DatabaseUrl.Read(url, Maintenance);
}
