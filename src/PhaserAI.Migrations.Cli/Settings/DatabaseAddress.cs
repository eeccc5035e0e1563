using Npgsql;
using PhaserAI.Migrations.Aws;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>
/// Makes the connection string. DB_HOST, DATABASE_URL, PGSERVICE, the secret or PGHOST names the server, in this order. Beside a host, each DB_*
/// variable goes before the PG* variable of the same meaning.
/// </summary>
/// <param name="Builder">The connection.</param>
/// <param name="Named">Who says which server it is.</param>
/// <param name="Origins">What does not come from its own setting or its default, and where it comes from.</param>
internal sealed record DatabaseAddress(NpgsqlConnectionStringBuilder Builder, SettingValue Named, IReadOnlyDictionary<Setting, string> Origins)
{
    private static readonly Setting[] Parts = [KnownSettings.Database, KnownSettings.Port, KnownSettings.User, KnownSettings.Password, KnownSettings.IamAuth];

    /// <summary>The connection, and where it comes from; null when nothing names a server.</summary>
    /// <exception cref="UsageException">A value can't be read, or only part of an address is given.</exception>
    public static DatabaseAddress? Find(SettingReader settings, ProjectFolder project, DatabaseSecret? secret = null)
    {
        var host = settings.Find(KnownSettings.Host);
        if (host is not null && !Setting.IsForeign(host.Name))
            return new AddressReader(settings, host, null) { Secret = secret }.FromParts(project);
        if (settings.Find(KnownSettings.DatabaseUrl) is { } url)
            return new AddressReader(settings, url, null).FromUrl(project);
        if (settings.Find(KnownSettings.Service) is { } name)
            return new AddressReader(settings, name, ServiceFile.Read(settings, name)).FromParts(project);
        if (secret is { Host: not null } || (secret is not null && host is not null))
            return new AddressReader(settings, settings.Find(KnownSettings.Secret)!, null) { Secret = secret }.FromParts(project);
        if (secret is not null)
            throw new UsageException($"{settings.SourceOf(KnownSettings.Secret)} is set, but neither it nor DB_HOST names a host", "Set DB_HOST to the database's endpoint.");
        if (host is not null)
            return new AddressReader(settings, host, null).FromParts(project);
        if (Parts.Select(settings.Find).FirstOrDefault(IsLonely) is { } lonely)
            throw new UsageException($"{lonely.Where} is set, but DB_HOST is not", $"Set DB_HOST too (localhost for a server on this machine), or unset {lonely.Name}.");
        return null;
    }

    /// <summary>
    /// A part of an address without the server: a forgotten DB_HOST must not lead to the development database. What migrate.toml says
    /// is for environments that do name a server.
    /// </summary>
    private static bool IsLonely(SettingValue? part) => part is { Strength: > SettingReader.Toml } && !Setting.IsForeign(part.Name);

    /// <summary>Null when there is no such mode.</summary>
    internal static SslMode? ReadSslMode(string? text) => IsVerifyCa(text ?? "") ? SslMode.VerifyCA : KnownSettings.SslMode.ReadChoice(text ?? "") switch
    {
        "disable" => SslMode.Disable,
        "allow" => SslMode.Allow,
        "prefer" => SslMode.Prefer,
        "require" => SslMode.Require,
        "verify-full" => SslMode.VerifyFull,
        _ => null,
    };

    internal static bool IsVerifyCa(string text) => text.Trim().Replace("-", "", StringComparison.Ordinal).Equals("verifyca", StringComparison.OrdinalIgnoreCase);
}
