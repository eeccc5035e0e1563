using System.Reflection;

namespace PhaserAI.Migrations;

/// <summary>The version of the library, as built.</summary>
internal static class LibraryVersion
{
    /// <summary>What the history says of a run that an application made; without the commit that follows a plus sign.</summary>
    public static string Tool { get; } =
        $"PhaserAI.Migrations {(typeof(LibraryVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0]}";
}
