namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>The effective settings of one call, the database aside: naming it may start a server.</summary>
/// <param name="Rules">What the environment allows.</param>
/// <param name="Project">The project.</param>
/// <param name="Migrations">The folder of migrations.</param>
/// <param name="Reader">Where the rest comes from.</param>
internal sealed record CliSettings(EnvironmentRules Rules, ProjectFolder Project, string Migrations, SettingReader Reader)
{
    public static CliSettings Read(CliHost host, Func<ProjectFolder, SettingReader> open)
    {
        var project = ProjectFolder.Find(host);
        var reader = open(project).OrThrow();
        var folder = reader.GetPath(KnownSettings.Migrations) ?? Path.Combine(project.Path, "infra", "migrations");
        return new CliSettings(reader.Rules, project, folder, reader);
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
        LockWait = Reader.GetDuration(KnownSettings.LockWait),
        LockTimeout = Reader.GetDuration(KnownSettings.LockTimeout),
        RetryBudget = Reader.GetDuration(KnownSettings.RetryBudget),
        ConnectRetry = Reader.GetDuration(KnownSettings.ConnectRetry),
        Deadline = host.Invocation?.Deadline,
        Reserve = Reader.GetDuration(KnownSettings.Reserve),
        Environment = Rules.Name,
        OperatingSystemUser = Environment.UserName,
        CloudIdentity = host.Invocation?.Function,
        GitCommit = GitCommit.Read(Project.Path),
        Tool = $"phaserai-migrate {ToolVersion.Current}",
        TimeProvider = host.TimeProvider,
    };
}
