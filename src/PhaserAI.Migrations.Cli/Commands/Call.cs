using System.CommandLine;
using Npgsql;
using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Cli.DevServer;
using PhaserAI.Migrations.Cli.Metrics;
using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>One call of a command: its arguments, surroundings, settings and reporter.</summary>
internal sealed class Call(ParseResult parsed, CliHost host, GlobalOptions options, IReporter reporter)
{
    private CliSettings? _settings;

    public ParseResult Parsed => parsed;

    public CliHost Host => host;

    public IReporter Reporter => reporter;

    public bool IsYes => options.IsYes(parsed);

    /// <summary>The options without which the same command would be another one, as they come behind it when it is to be typed again.</summary>
    public string OptionsAgain => options.Again(parsed);

    /// <summary>The settings, read when they are first asked for.</summary>
    /// <exception cref="UsageException">They can't be read.</exception>
    public CliSettings Settings => _settings ??= CliSettings.Read(host, OpenSettings);

    /// <summary>The settings with whatever is wrong in them.</summary>
    public SettingReader OpenSettings(ProjectFolder project) => SettingReader.Open(host, project, setting => options.Get(parsed, setting));

    /// <summary>The database that the call works on, once it is found.</summary>
    public TargetInfo? Target { get; private set; }

    /// <summary>What the call tells CloudWatch; null when it has nothing to tell, or nobody wants to know.</summary>
    public CallMetrics? Metrics { get; private set; }

    /// <summary>Who is told what happens.</summary>
    public IProgress<MigrationEvent> Progress => Metrics ?? (IProgress<MigrationEvent>)reporter;

    /// <summary>Begins to gather metrics, where the settings want them.</summary>
    /// <exception cref="UsageException">The settings can't be used.</exception>
    public void Measure(Measured what)
    {
        if (MetricSinks.Open(host, Settings, parsed.CommandResult.Command.Name) is { } sink)
            Metrics = new CallMetrics(sink, what, host.TimeProvider, reporter);
    }

    /// <summary>The embedded development database of the project.</summary>
    public EmbeddedPostgres Embedded => new(new DevServerOptions(Settings.Project.Path) { Clock = host.TimeProvider });

    /// <summary>A migrator for the database that the settings name, or for the embedded one, which is started if need be.</summary>
    /// <param name="command">What was typed, for messages: <c>up 20250102_143000</c>.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <exception cref="UsageException">No database is named, and the environment wants one.</exception>
    /// <param name="skipsBackup">Whether --no-backup was given.</param>
    public async Task<Migrator> ConnectAsync(string command, CancellationToken cancellationToken, bool skipsBackup = false) =>
        new(BackupBefore.Apply(this, await FindOptionsAsync(command, cancellationToken), skipsBackup), Progress);

    /// <summary>What backups of that database are made and restored with.</summary>
    /// <param name="command">What was typed, for messages.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <exception cref="UsageException">No database is named, and the environment wants one.</exception>
    public async Task<BackupOptions> BackupsAsync(string command, CancellationToken cancellationToken)
    {
        var store = BackupStores.Choose(this);
        return BackupStores.ToOptions(this, await FindOptionsAsync(command, cancellationToken), store);
    }

    /// <summary>What reads and mends the history of that database.</summary>
    /// <param name="command">As above.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <exception cref="UsageException">As above.</exception>
    public async Task<MigrationHistory> HistoryAsync(string command, CancellationToken cancellationToken) =>
        new(await FindOptionsAsync(command, cancellationToken));

    private async Task<MigrationOptions> FindOptionsAsync(string command, CancellationToken cancellationToken)
    {
        // Every setting is read before a server is started or asked.
        var settings = Settings.ToOptions(host);
        foreach (var note in Settings.Reader.Notes)
            reporter.Note(note);
        var (address, target, login) = await FindDatabaseAsync(cancellationToken);
        reporter.Target(target);
        Target = target;
        settings = settings with { ConnectionString = address.ConnectionString, Login = login };
        // Of an invocation the log says which one it was, in every environment.
        if (Settings.Rules.MustConfirm || host.Invocation is not null)
            settings = settings with { Approve = (plan, token) => Confirmation.RequireAsync(this, target, plan, command, token) };
        return settings;
    }

    private async Task<(NpgsqlConnectionStringBuilder Address, TargetInfo Target, Func<CancellationToken, ValueTask<DatabaseLogin>>? Login)> FindDatabaseAsync(
        CancellationToken cancellationToken)
    {
        var rules = Settings.Rules;
        var aws = await AwsLogin.FindAsync(Settings.Reader, host, cancellationToken);
        if (DatabaseAddress.Find(Settings.Reader, Settings.Project, aws.Secret) is { } found)
        {
            var (address, login) = (found.Builder, aws.For(found));
            return (address, new TargetInfo(
                rules.Name, address.Host ?? "", address.Port, address.Database ?? "", address.Username ?? "", null), login);
        }

        if (!rules.MayUseEmbedded || host.Invocation is not null)
        {
            var missing = SettingsReport.NoDatabase(rules);
            throw new UsageException(
                missing.Message,
                host.Invocation is null
                    ? missing.Next
                    : "Set DB_SECRET_ARN, and DB_HOST and DB_NAME where the secret does not hold them, in the function's environment.");
        }

        var database = await Embedded.StartAsync(new NoteProgress(reporter), cancellationToken);
        if (database is { Note: { } note, Started: true })
            reporter.Note(note);
        var embedded = new NpgsqlConnectionStringBuilder
        {
            Host = database.Host,
            Port = database.Port,
            Database = database.Database,
            Username = database.User,
            Password = database.Password,
            SslMode = SslMode.Disable,
        };
        var folder = ProjectFolder.Shorten(database.Folder, host.CurrentDirectory);
        return (embedded, new TargetInfo(rules.Name, database.Host, database.Port, database.Database, database.User, folder), null);
    }
}
