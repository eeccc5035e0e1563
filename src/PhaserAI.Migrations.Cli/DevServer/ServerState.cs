using System.Globalization;

namespace PhaserAI.Migrations.Cli.DevServer;

/// <summary>
/// What the tool remembers of a project's server, in a few lines `name=value`. `Elsewhere`: the cluster does not lie beside this file.
/// `Port`: the last one, tried first at the next start, so that what other programs were told stays right.
/// </summary>
internal sealed record ServerState(bool Elsewhere, int Port, string Version, string BinariesFolder, string? Note)
{
    private const string FileName = "state";

    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Null without a file, or when it can't be understood: then the server is found as if it was the first time.</summary>
    public static ServerState? Read(string folder)
    {
        try
        {
            var values = File.ReadAllLines(Path.Combine(folder, FileName))
                .Select(line => line.Split('=', 2))
                .Where(parts => parts.Length == 2)
                .DistinctBy(parts => parts[0], StringComparer.Ordinal)
                .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
            return int.TryParse(values.GetValueOrDefault("port"), CultureInfo.InvariantCulture, out var port)
                && values.TryGetValue("version", out var version)
                && values.TryGetValue("binaries", out var binaries)
                ? new ServerState(values.GetValueOrDefault("place") is "elsewhere", port, version, binaries, values.GetValueOrDefault("note"))
                : null;
        }
        catch (IOException error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException error)
        {
            throw new DevServerException(
                $"The development database in {folder} belongs to another user.", error.Message,
                $"Run as the user who made it, or remove the folder. {DevServerException.OtherServer}", error);
        }
    }

    public void Write(string folder)
    {
        string[] lines =
        [
            string.Create(CultureInfo.InvariantCulture, $"port={Port}"),
            $"version={Version}",
            $"binaries={BinariesFolder}",
            $"place={(Elsewhere ? "elsewhere" : "here")}",
            .. Note is null ? Array.Empty<string>() : [$"note={Note.ReplaceLineEndings(" ")}"],
        ];
        // Readers take no lock: they see the old text or the new one.
        var next = Path.Combine(folder, FileName + ".new");
        File.WriteAllLines(next, lines);
        File.Move(next, Path.Combine(folder, FileName), overwrite: true);
    }

    public static void Delete(string folder) => File.Delete(Path.Combine(folder, FileName));
}
