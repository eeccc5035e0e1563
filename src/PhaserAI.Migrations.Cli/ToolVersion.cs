using System.Reflection;

namespace PhaserAI.Migrations.Cli;

/// <summary>The version of the tool, as built.</summary>
internal static class ToolVersion
{
    /// <summary>Without the commit that follows a plus sign.</summary>
    public static string Current { get; } =
        (typeof(ToolVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];
}
