namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>
/// Names of hosts that lead to this machine in the programs that a test starts, and nowhere else: nss_wrapper (https://cwrap.org) stands before
/// the C library's look-up, so that a command can name the guide's servers.
/// </summary>
internal static class HostNames
{
    /// <summary>The hosts that the guide's commands name, and ours.</summary>
    public static readonly string[] All =
        ["localhost", "your-rds-endpoint.amazonaws.com", "staging-db.amazonaws.com", "prod-db.amazonaws.com", "prod-db", "test-db", "your-db"];

    /// <summary>What is set for a program that is to find them.</summary>
    /// <param name="folder">Where the file of names is written.</param>
    public static IEnumerable<KeyValuePair<string, string>> Variables(string folder)
    {
        Require.Program(Library, "libnss-wrapper (Debian, Ubuntu: apt-get install libnss-wrapper)");
        var file = Path.Combine(folder, "hosts");
        File.WriteAllText(file, $"127.0.0.1 {string.Join(' ', All)}\n");
        return [KeyValuePair.Create("LD_PRELOAD", Library!), KeyValuePair.Create("NSS_WRAPPER_HOSTS", file)];
    }

    private static string? Library { get; } = Find();

    private static string? Find()
    {
        // Debian has a folder for each architecture
        string[] folders = Directory.Exists("/usr/lib") ? [.. Directory.GetDirectories("/usr/lib", "*-linux-gnu"), "/usr/lib64", "/usr/lib"] : [];
        return folders.Select(folder => Path.Combine(folder, "libnss_wrapper.so")).FirstOrDefault(File.Exists);
    }
}
