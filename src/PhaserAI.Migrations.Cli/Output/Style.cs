namespace PhaserAI.Migrations.Cli.Output;

/// <summary>Colours for a terminal; nothing elsewhere. https://no-color.org is respected.</summary>
internal sealed class Style(bool enabled)
{
    /// <summary>Whether a line may be written over: on a terminal, but not in a log that a build server makes of one.</summary>
    public static bool MayOverwrite(bool isTerminal, Func<string, string?> variable) =>
        isTerminal && string.IsNullOrEmpty(variable("CI")) && variable("TERM") is not "dumb";

    public static Style For(bool isTerminal, Func<string, string?> variable) =>
        new(MayOverwrite(isTerminal, variable) && string.IsNullOrEmpty(variable("NO_COLOR")));

    public bool IsEnabled => enabled;

    public string Bold(string text) => Paint(text, "1");

    public string Dim(string text) => Paint(text, "2");

    public string Red(string text) => Paint(text, "31");

    public string Green(string text) => Paint(text, "32");

    public string Yellow(string text) => Paint(text, "33");

    public string Blue(string text) => Paint(text, "36");

    private string Paint(string text, string code) => enabled ? $"\e[{code}m{text}\e[0m" : text;
}
