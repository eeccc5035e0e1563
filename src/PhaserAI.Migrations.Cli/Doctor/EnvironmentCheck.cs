using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>Whose rules apply, and whether that can be meant.</summary>
internal static class EnvironmentCheck
{
    public static Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Finding>>([Find(of)]);

    private static Finding Find(Examination of)
    {
        var rules = of.Reader.Rules;
        var given = of.Reader.Find(KnownSettings.Environment);
        var address = Address(of);
        if (!rules.MustConfirm && address is { } named && (LooksLikeProd(named.Host) || LooksLikeProd(named.Database)))
            return Finding.Warning($"the rules of {rules.Name} apply, but {named.Database} on {named.Host} looks like production: up asks nothing and makes no backup", "Set ENVIRONMENT=prod if it is.");
        if (given is null && Hosting(of.Host) is var (variable, hosted) && hosted != rules.Name)
            return Finding.Warning($"ENVIRONMENT is not set, so that the rules of dev apply, but {variable} is {of.Host.Variable(variable)}", $"Set ENVIRONMENT={hosted}.");
        var asks = rules.MustConfirm ? "up and down ask first" : "nobody is asked";
        var backs = rules.Backup switch { BackupPolicy.Required => "and make a backup", BackupPolicy.IfStoreIsSet => "and a backup is made if a store is set", _ => "and no backup is made" };
        return Finding.Ok($"{rules.Name}, {(given is null ? "the default" : $"from {given.Source}")}: {asks}, {backs}");
    }

    private static (string Host, string Database)? Address(Examination of)
    {
        try
        {
            return DatabaseAddress.Find(of.Reader, of.Project)?.Builder is { } found ? (found.Host ?? "", found.Database ?? "") : null;
        }
        catch (UsageException)
        {
            return null; // the next check says why
        }
    }

    private static (string Variable, string Environment)? Hosting(CliHost host)
    {
        foreach (var (name, value) in ((string, string?)[])[("ASPNETCORE_ENVIRONMENT", host.Variable("ASPNETCORE_ENVIRONMENT")), ("DOTNET_ENVIRONMENT", host.Variable("DOTNET_ENVIRONMENT"))])
        {
            if (value is not null && KnownSettings.Environment.ReadChoice(value) is { } known)
                return (name, known);
        }

        return null;
    }

    /// <summary>prod as a word: words.prod.example.com, phaserai_prod, but not products.</summary>
    private static bool LooksLikeProd(string name) =>
        name.Split('.', '-', '_').Any(word => word.Equals("prod", StringComparison.OrdinalIgnoreCase) || word.Equals("production", StringComparison.OrdinalIgnoreCase));
}
