namespace PhaserAI.Migrations.Cli.Output.Json;

/// <summary>The answer of <c>settings</c>. With problems, the exit code is 2.</summary>
internal sealed record SettingsDocument(
    string Environment, string Project, IReadOnlyList<string> Files, string Database,
    IReadOnlyList<SettingDocument> Settings, IReadOnlyList<SettingProblemDocument> Problems, IReadOnlyList<string> Notes);

/// <summary>A setting: its variable, its key in migrate.toml, its option, the value that counts and where that comes from.</summary>
internal sealed record SettingDocument(string Name, string? Key, string? Option, string? Value, string Source, bool Used, bool Secret);

/// <summary>What is wrong with the settings.</summary>
internal sealed record SettingProblemDocument(string Message, string Next);
