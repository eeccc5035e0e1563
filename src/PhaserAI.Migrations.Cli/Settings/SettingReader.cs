using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>Looks settings up: option first, then environment variables. An empty variable counts as not set.</summary>
internal sealed class SettingReader(Func<Setting, string?> option, Func<string, string?> variable)
{
    /// <exception cref="UsageException">The option is given, but empty: a script's variable that was not set.</exception>
    public string? Get(Setting setting)
    {
        if (setting.Flag is not null && option(setting) is { } given)
        {
            return string.IsNullOrWhiteSpace(given)
                ? throw new UsageException($"{setting.Flag} is empty", $"Give it a value, or leave it out: {setting.Help}")
                : given;
        }

        foreach (var name in setting.Variables)
        {
            if (variable(name) is { Length: > 0 } value)
                return value;
        }

        return null;
    }

    /// <summary>Where a setting that is given comes from, for messages.</summary>
    public string SourceOf(Setting setting) =>
        setting.Flag is not null && option(setting) is not null
            ? setting.Flag
            : setting.Variables.FirstOrDefault(name => !string.IsNullOrEmpty(variable(name))) ?? setting.Variables[0];

    /// <exception cref="UsageException">The value is no duration.</exception>
    public TimeSpan GetDuration(Setting setting, TimeSpan byDefault)
    {
        if (Get(setting) is not { } text)
            return byDefault;
        return DurationText.TryRead(text, out var duration)
            ? duration
            : throw new UsageException($"{SourceOf(setting)} is \"{text}\", which is no duration", DurationText.Mend);
    }
}
