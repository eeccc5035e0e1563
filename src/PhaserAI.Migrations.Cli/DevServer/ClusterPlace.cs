using System.Security.Cryptography;
using System.Text;

namespace PhaserAI.Migrations.Cli.DevServer;

/// <summary>Where one project's cluster lies.</summary>
/// <param name="Folder">Holds the cluster and, beside it, the password.</param>
/// <param name="Note">Why it is not the project's own folder, when it is not.</param>
internal sealed record ClusterPlace(string Folder, string? Note)
{
    private const UnixFileMode Open = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public string Cluster => Path.Combine(Folder, "cluster");

    public string PasswordFile => Path.Combine(Folder, "password");

    /// <summary>A folder name of this project for places that many projects share.</summary>
    public static string NameFor(string projectFolder) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(RealPath(projectFolder))))[..12];

    /// <summary>The first place where the server can work: beside the state in the project, else outside.</summary>
    public static async Task<ClusterPlace> ChooseAsync(
        string stateFolder, string projectFolder, DevServerOptions options, ServerUser? user, CancellationToken cancellationToken)
    {
        var why = await ProblemAsync(stateFolder, user, cancellationToken);
        if (why is null)
            return new ClusterPlace(stateFolder, null);
        var elsewhere = Elsewhere(projectFolder, options, user is not null);
        if (user is not null)
            await CreateSharedFolderAsync(elsewhere, cancellationToken);
        else
            Directory.CreateDirectory(elsewhere);
        return await ProblemAsync(elsewhere, user, cancellationToken) is { } again
            ? throw new DevServerException(
                "There is no place for the development database.", $"{why}\n{again}", DevServerException.OtherServer)
            : new ClusterPlace(elsewhere, $"{why} The development database lies in {elsewhere}.");
    }

    public static string Elsewhere(string projectFolder, DevServerOptions options, bool root) => root
        ? Path.Combine(options.SharedFolder, "phaserai-migrations-" + NameFor(projectFolder))
        : Path.Combine(options.CacheFolder, "clusters", NameFor(projectFolder));

    public static void CreateOpenFolder(string folder)
    {
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, Open); // whatever the umask
    }

    /// <summary>
    /// A folder of root's in a place where everybody may make folders. One with this name that is somebody else's is refused: its owner
    /// could exchange what the tool puts there.
    /// </summary>
    public static async Task CreateSharedFolderAsync(string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var owned = await ExternalProgram.RunAsync(new ProgramCall("test", "-O", folder), cancellationToken);
        if (!owned.Succeeded || new DirectoryInfo(folder).LinkTarget is not null)
            throw new DevServerException(
                $"The folder {folder} is needed for the development database, but it belongs to another user.", null,
                $"Remove it. {DevServerException.OtherServer}");
        CreateOpenFolder(folder);
    }

    /// <summary>The path without symbolic links: one folder may have many names.</summary>
    public static string RealPath(string path)
    {
        var parent = Path.GetDirectoryName(path);
        if (parent is null)
            return path;
        var entry = new DirectoryInfo(Path.Combine(RealPath(parent), Path.GetFileName(path)));
        return entry.ResolveLinkTarget(returnFinalTarget: true) is { } target ? RealPath(target.FullName) : entry.FullName;
    }

    // What PostgreSQL demands of its folder is tried out: its user gets there, owns it, and nobody else may enter (initdb checks the mode,
    // which file systems of Windows can't keep).
    private static async Task<string?> ProblemAsync(string folder, ServerUser? user, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
            return null;
        var probe = Path.Combine(folder, Leftovers.NewName());
        try
        {
            if (user is not null && !await user.CanEnterAsync(folder, cancellationToken))
                return $"PostgreSQL refuses to run as root, and the user {user.Name}, who runs it instead, can't enter {folder}.";
            Directory.CreateDirectory(probe);
            File.SetUnixFileMode(probe, Private);
            if (File.GetUnixFileMode(probe) != Private)
                return $"The file system of {folder} does not keep access rights, which PostgreSQL demands.";
            if (user is not null)
                await user.OwnAsync(probe, cancellationToken);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"{folder} can't be used: {error.Message.TrimEnd('.')}.";
        }
        finally
        {
            Leftovers.Delete(probe);
        }
    }
}
