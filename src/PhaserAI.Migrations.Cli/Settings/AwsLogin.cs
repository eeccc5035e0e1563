using Npgsql;
using PhaserAI.Migrations.Aws;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>User and password where DB_PASSWORD is not the place: a secret of Secrets Manager, or tokens of IAM.</summary>
internal sealed class AwsLogin
{
    private readonly SettingReader _settings;
    private readonly CliHost _host;
    private readonly string? _id;

    private AwsLogin(SettingReader settings, CliHost host, string? id) => (_settings, _host, _id) = (settings, host, id);

    /// <summary>The secret as it was read first; null where there is none to read.</summary>
    public DatabaseSecret? Secret { get; private set; }

    /// <summary>Reads the secret, if one is set; then there may be a host in it.</summary>
    /// <exception cref="UsageException">A value can't be read.</exception>
    /// <exception cref="ConnectionFailedException">The secret can't be read.</exception>
    public static async Task<AwsLogin> FindAsync(SettingReader settings, CliHost host, CancellationToken cancellationToken)
    {
        var login = new AwsLogin(settings, host, IdOf(settings));
        if (login._id is { } id)
        {
            if (settings.GetBool(KnownSettings.IamAuth))
                throw new UsageException($"both {settings.SourceOf(KnownSettings.Secret)} and {settings.SourceOf(KnownSettings.IamAuth)} are set", "Unset one: a secret holds a password, and IAM needs none.");
            login.Secret = DatabaseSecret.Parse(await login.Reader().ReadAsync(id, cancellationToken), id);
        }

        return login;
    }

    /// <summary>What <see cref="MigrationOptions.Login"/> is to be for an address; the address itself loses its password.</summary>
    /// <exception cref="UsageException">The settings contradict each other.</exception>
    public Func<CancellationToken, ValueTask<DatabaseLogin>>? For(DatabaseAddress found)
    {
        var address = found.Builder;
        if (Secret is not null)
        {
            RequireNoOther(found, Secret);
            (address.Username, address.Password) = (Secret.User ?? address.Username, null);
            return new SecretLogin(Reader(), _id!, Secret, address.Username).ReadAsync;
        }

        if (!_settings.GetBool(KnownSettings.IamAuth))
            return null;
        if (address.SslMode is not (SslMode.Require or SslMode.VerifyFull))
            throw new UsageException($"{_settings.SourceOf(KnownSettings.IamAuth)} is true, but the connection need not be encrypted", "Set DB_SSLMODE=verify-full: RDS takes tokens of IAM over TLS only.");
        address.Password = null;
        return new RdsToken(new AwsAccess(_host.Variable), address.Host!, address.Port, address.Username!, _host.TimeProvider).ReadAsync;
    }

    /// <summary>SECRET_ARN is a name that other programs use too: it counts beside DB_ENDPOINT, as CDK stacks set both.</summary>
    internal static string? IdOf(SettingReader settings) =>
        settings.Find(KnownSettings.Secret) is { } secret && (secret.Name != "SECRET_ARN" || settings.Find(KnownSettings.Host)?.Name == "DB_ENDPOINT") ? secret.Text.Trim() : null;

    private SecretReader Reader() => new(new AwsAccess(_host.Variable), _host.TimeProvider);

    /// <summary>Of two passwords nobody knows which was meant. libpq's variables may be another program's.</summary>
    private void RequireNoOther(DatabaseAddress found, DatabaseSecret secret)
    {
        var from = _settings.SourceOf(KnownSettings.Secret);
        if (Array.Find([KnownSettings.Password, KnownSettings.DatabaseUrl], setting => _settings.Find(setting) is { } other && !Setting.IsForeign(other.Name) && other.Source == found.Origins.GetValueOrDefault(KnownSettings.Password)) is { } twice)
            throw new UsageException($"both {from} and {_settings.SourceOf(twice)} give a password", $"Take it out of one: the secret's is used when {from} alone is set.");
        if (secret.User is { } user && _settings.Find(KnownSettings.User) is { } given && !Setting.IsForeign(given.Name) && given.Text != user)
            throw new UsageException($"{given.Where} is \"{given.Text}\", but the secret is of user {user}", $"Unset {given.Name}, or set {from} to the secret of {given.Text}.");
    }
}
