using System.Collections.Immutable;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>
/// Looks settings up: option, environment variable, .env, migrate.toml, default. libpq's variables (PG…) count where none of the
/// tool's own is set in any of these places. An empty variable counts as not set.
/// </summary>
internal sealed class SettingReader
{
    /// <summary>The strength of what stands in migrate.toml.</summary>
    public const int Toml = -2;

    private readonly CliHost _host;
    private readonly Func<Setting, string?> _option;
    private readonly SettingFiles _files;

    /// <summary>Strongest first.</summary>
    private readonly ImmutableArray<Func<string, SettingValue?>> _places;

    /// <summary>The strongest place that names a server; null when none does.</summary>
    private readonly int? _server;

    private SettingReader(CliHost host, ProjectFolder project, Func<Setting, string?> option)
    {
        _host = host;
        _option = option;
        _files = SettingFiles.Read(host, project);
        _places =
        [
            name => host.Variable(name) is { Length: > 0 } text ? new SettingValue(text, name, host.CurrentDirectory) : null,
            name => _files.Variables.GetValueOrDefault(name) is { Text.Length: > 0 } value ? value : null,
            name => _files.Toml?.Find(Rules.Name, name),
        ];
        var environment = Find(KnownSettings.Environment);
        var problem = EnvironmentRules.TryRead(environment, out var rules);
        Rules = rules;
        Problems = problem is null ? _files.Problems : _files.Problems.Add(problem);
        for (var place = 0; place < _places.Length && _server is null; place++)
            _server = Server(place) is null ? null : place;
    }

    /// <summary>What the environment allows; dev's when it can't be read.</summary>
    public EnvironmentRules Rules { get; } = EnvironmentRules.All[0];

    /// <summary>The files that settings were looked up in.</summary>
    public ImmutableArray<string> Files => _files.Names;

    /// <summary>What is wrong in these files, and an environment that there is not. Other values are checked when they are used.</summary>
    public ImmutableArray<SettingProblem> Problems { get; }

    /// <summary>What somebody should know who wonders why a setting has no effect.</summary>
    public IEnumerable<string> Notes
    {
        get
        {
            foreach (var note in _files.NearMisses(setting => Find(setting) is not null))
                yield return note;
            for (var place = _server + 1; place < _places.Length; place++)
            {
                if (Server(place!.Value) is { } other)
                    yield return $"{other.Where} names another server than {Server(_server!.Value)!.Source}: what stands there for it is not used.";
            }

            if (Find(KnownSettings.Password) is not null)
                yield break;
            if (Find(KnownSettings.PasswordFile) is { } given && !File.Exists(ToPath(given)))
                yield return $"{given.Where} is {given.Text}, which is not there.";
            else if (Settings.PasswordFile.Warning(PasswordFile(null)) is { } warning)
                yield return warning;
        }
    }

    public CliHost Host => _host;

    /// <summary>Where passwords stand that are given nowhere else; the file need not be there.</summary>
    public string PasswordFile(ServiceFile? service) =>
        service?.Find("passfile") is { } file ? ToPath(file)
        : GetPath(KnownSettings.PasswordFile) ?? Settings.PasswordFile.DefaultPath(_host);

    /// <summary>Reads the files; what is wrong in them is not an exception yet.</summary>
    public static SettingReader Open(CliHost host, ProjectFolder project, Func<Setting, string?> option) => new(host, project, option);

    /// <exception cref="UsageException">There is a problem in the files.</exception>
    public SettingReader OrThrow() => Problems switch
    {
        [] => this,
        [var only] => throw new UsageException(only.Message, only.Next),
        [var first, ..] => throw new UsageException(first.Message, $"{first.Next} {_host.CommandName} settings shows all {Problems.Length} problems."),
    };

    /// <summary>The value that somebody gave and where; null when nobody did.</summary>
    /// <exception cref="UsageException">The option is given, but empty: a script's variable that was not set.</exception>
    public SettingValue? Find(Setting setting)
    {
        if (setting.Flag is not null && _option(setting) is { } given)
        {
            return string.IsNullOrWhiteSpace(given)
                ? throw new UsageException($"{setting.Flag} is empty", $"Give it a value, or leave it out: {setting.Help}")
                : new SettingValue(given, setting.Flag, _host.CurrentDirectory) { Strength = 1 };
        }

        return Find(setting, isForeign: false) ?? Find(setting, isForeign: true);
    }

    public string? Get(Setting setting) => Find(setting)?.Text;

    /// <summary>Where a setting that is given comes from, for messages.</summary>
    public string SourceOf(Setting setting) => Find(setting)?.Where ?? setting.Variables[0];

    /// <summary>The value that counts when nobody gave one; null when there is none.</summary>
    public string? DefaultOf(Setting setting) => setting.DefaultOf?.Invoke(Rules) ?? setting.Default;

    /// <exception cref="UsageException">The value is no duration.</exception>
    public TimeSpan GetDuration(Setting setting) => DurationText.TryRead(Read(setting) ?? "", out var duration) ? duration : default;

    /// <exception cref="UsageException">The value is no number, or outside of the setting's limits.</exception>
    public int GetNumber(Setting setting) => setting.TryReadNumber(Read(setting) ?? "", out var number) ? number : default;

    /// <exception cref="UsageException">The value is neither true nor false.</exception>
    public bool GetBool(Setting setting) => Setting.ReadBool(Read(setting) ?? "") ?? false;

    /// <summary>One of the setting's choices, as it is declared; null when nobody chose and there is no default.</summary>
    /// <exception cref="UsageException">The value is none of them.</exception>
    public string? GetChoice(Setting setting) => Read(setting) is { } text ? setting.ReadChoice(text) : null;

    /// <summary>An absolute path; null when none is given.</summary>
    public string? GetPath(Setting setting) => Find(setting) is { } value ? ToPath(value) : null;

    private string ToPath(SettingValue value)
    {
        var text = value.Text.Trim();
        // Shells replace it; in a file nobody does.
        if (value.File is not null && text.StartsWith("~/", StringComparison.Ordinal))
            text = Path.Combine(_host.Home, text[2..]);
        return Path.GetFullPath(text, value.Folder);
    }

    private string? Read(Setting setting) => Find(setting) is { } value ? value.OrThrow(setting).Text : DefaultOf(setting);

    private SettingValue? Find(Setting setting, bool isForeign)
    {
        for (var place = 0; place < _places.Length; place++)
        {
            if (setting.IsOfServer && place > _server && Server(place) is not null)
                continue;
            foreach (var name in setting.Variables)
            {
                if (Setting.IsForeign(name) == isForeign && _places[place](name) is { } value)
                    return value with { Strength = -place };
            }
        }

        return null;
    }

    /// <summary>What names a server in a place; libpq's variables don't.</summary>
    private SettingValue? Server(int place) => KnownSettings.All
        .Where(setting => setting.NamesServer)
        .SelectMany(setting => setting.Variables)
        .Where(name => !Setting.IsForeign(name))
        .Select(_places[place])
        .FirstOrDefault(value => value is not null);
}
