namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>The effective settings of one call, the database aside: naming it may start a server.</summary>
/// <param name="Rules">What the environment allows.</param>
/// <param name="Project">The project.</param>
/// <param name="Migrations">The folder of migrations.</param>
/// <param name="Reader">Where the rest comes from.</param>
internal sealed record CliSettings(EnvironmentRules Rules, ProjectFolder Project, string Migrations, SettingReader Reader)
{
    public static CliSettings Read(CliHost host, Func<Setting, string?> option)
    {
        var reader = new SettingReader(option, host.Variable);
        var project = ProjectFolder.Find(host);
        var given = reader.Get(KnownSettings.Migrations);
        var folder = given is null ? Path.Combine(project.Path, "infra", "migrations") : Path.GetFullPath(given, host.CurrentDirectory);
        return new CliSettings(
            EnvironmentRules.Of(reader.Get(KnownSettings.Environment)),
            project,
            folder,
            reader);
    }

    /// <summary>What the library needs to know, all but the connection string.</summary>
    /// <exception cref="UsageException">A value can't be read.</exception>
    public MigrationOptions ToOptions(CliHost host) => new()
    {
        ConnectionString = "",
        Directory = Migrations,
        DirectoryLabel = ProjectFolder.Shorten(Migrations, host.CurrentDirectory),
        HistorySchema = Reader.Get(KnownSettings.HistorySchema),
        Drift = Rules.Drift,
        LockWait = Reader.GetDuration(KnownSettings.LockWait, TimeSpan.FromSeconds(60)),
        LockTimeout = Reader.GetDuration(KnownSettings.LockTimeout, TimeSpan.FromSeconds(3)),
        RetryBudget = Reader.GetDuration(KnownSettings.RetryBudget, TimeSpan.FromMinutes(2)),
        Environment = Rules.Name,
        OperatingSystemUser = Environment.UserName,
        GitCommit = GitCommit.Read(Project.Path),
        Tool = $"phaserai-migrate {ToolVersion.Current}",
        TimeProvider = host.TimeProvider,
    };
}
