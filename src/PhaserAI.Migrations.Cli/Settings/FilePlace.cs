namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>How a place in a file is written.</summary>
internal static class FilePlace
{
    /// <summary>A column of 0 is left out.</summary>
    public static string Of(string file, int line, int column) => column == 0 ? $"{file}:{line}" : $"{file}:{line}:{column}";
}
