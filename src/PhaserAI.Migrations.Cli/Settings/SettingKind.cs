namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>What a setting's value has to look like.</summary>
internal enum SettingKind
{
    /// <summary>Anything.</summary>
    Text,

    /// <summary>A number with a unit: 500ms, 60s, 5min, 1h; a plain number is seconds.</summary>
    Duration,

    /// <summary>A whole number between the setting's limits.</summary>
    Number,

    /// <summary>true or false; 1, 0, yes, no, on and off are understood too.</summary>
    Bool,

    /// <summary>One of the setting's choices, in any case.</summary>
    Choice,

    /// <summary>A file or folder: relative ones start from the project in a file of settings, else from the current folder.</summary>
    Path,
}
