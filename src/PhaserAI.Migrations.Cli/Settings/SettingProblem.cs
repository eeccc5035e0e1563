namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>What is wrong in a file of settings, or with a value.</summary>
/// <param name="Message">One sentence, with its place.</param>
/// <param name="Next">How to mend it.</param>
internal sealed record SettingProblem(string Message, string Next);
