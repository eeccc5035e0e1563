namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>A value that somebody gave, and where.</summary>
/// <param name="Text">As it is written there.</param>
/// <param name="Name">The option, variable or key.</param>
/// <param name="Folder">Where relative paths start.</param>
internal sealed record SettingValue(string Text, string Name, string Folder)
{
    /// <summary>The file that it stands in; null for an option or an environment variable.</summary>
    public string? File { get; init; }

    /// <summary>Counted from 1.</summary>
    public int Line { get; init; }

    /// <summary>Counted from 1; 0 where the line says enough.</summary>
    public int Column { get; init; }

    /// <summary>0 for an environment variable, less for weaker places, more for an option.</summary>
    public int Strength { get; init; }

    /// <summary>For messages, with the name: <c>DB_PORT</c>, <c>.env:3: DB_PORT</c>, <c>migrate.toml:4:11: db_port</c>.</summary>
    public string Where => File is null ? Name : $"{FilePlace.Of(File, Line, Column)}: {Name}";

    /// <summary>For tables: <c>--lock-wait</c>, <c>variable DB_PORT</c>, <c>.env:3</c>, <c>migrate.toml:4</c>.</summary>
    public string Source => File is not null ? FilePlace.Of(File, Line, 0) : Name.StartsWith('-') ? Name : $"variable {Name}";

    /// <summary>Why it can't be used as the value of a setting; null when it can.</summary>
    public SettingProblem? Check(Setting setting) => setting.Check(Text) is var (wrong, mend)
        ? new SettingProblem(setting.IsSecret ? $"{Where} can't be read" : $"{Where} is \"{Text}\", {wrong}", mend)
        : null;

    /// <exception cref="UsageException">It can't be used as the value of that setting.</exception>
    public SettingValue OrThrow(Setting setting) => Check(setting) is { } problem ? throw new UsageException(problem.Message, problem.Next) : this;
}
