using System.Collections.Immutable;
using System.ComponentModel;
using System.Globalization;

namespace PhaserAI.Migrations.Cli.DevServer;

/// <summary>The user that runs the server when the tool runs as root, which PostgreSQL refuses; the tool is setpriv, runuser or su.</summary>
internal sealed record ServerUser(string Name, int Uid, int Gid, string Tool)
{
    private static readonly ImmutableArray<string> Tools = ["setpriv", "runuser", "su"];

    /// <summary>The user for a new cluster, or the owner of the one that is there; null when the tool does not run as root.</summary>
    public static async Task<ServerUser?> FindAsync(string? cluster, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
            return null;
        var user = cluster is null ? null : await OwnerAsync(cluster, cancellationToken);
        user ??= KnownUsers().FirstOrDefault(known => known.Name is "postgres")
            ?? KnownUsers().FirstOrDefault(known => known.Name is "nobody");
        var why = "There is neither a user postgres nor a user nobody in /etc/passwd.";
        foreach (var tool in user is null ? [] : Tools.Select(ExternalProgram.FindOnPath).OfType<string>())
        {
            // BusyBox has a setpriv that can't change the user, a container may forbid it: only trying tells.
            var candidate = user! with { Tool = tool };
            var probe = await ExternalProgram.RunAsync(candidate.Call(new ProgramCall("true")), cancellationToken);
            if (probe.Succeeded)
                return candidate;
            why = $"{Path.GetFileName(tool)} can't become the user {user!.Name}: {probe.Words}";
        }

        throw new DevServerException(
            "PostgreSQL refuses to run as root, and no other user can be taken for the development database.", why,
            $"Run as a user other than root. {DevServerException.OtherServer}");
    }

    /// <summary>The same call, made by this user.</summary>
    public ProgramCall Call(ProgramCall call)
    {
        ImmutableArray<string> command = [call.Program, .. call.Arguments];
        return Path.GetFileName(Tool) switch
        {
            "setpriv" => call with
            {
                Program = Tool,
                Arguments = [$"--reuid={Uid}", $"--regid={Gid}", "--clear-groups", "--", .. command],
            },
            "runuser" => call with { Program = Tool, Arguments = ["-u", Name, "--", .. command] },
            // The shell gets the command as arguments, not as text to read.
            _ => call with { Program = Tool, Arguments = ["-s", "/bin/sh", "--", Name, "-c", "exec \"$0\" \"$@\"", .. command] },
        };
    }

    public async Task<bool> CanEnterAsync(string folder, CancellationToken cancellationToken) =>
        (await ExternalProgram.RunAsync(Call(new ProgramCall("test", "-x", folder)), cancellationToken)).Succeeded;

    /// <summary>Gives a file or an empty folder to this user.</summary>
    public async Task OwnAsync(string path, CancellationToken cancellationToken)
    {
        var result = await ExternalProgram.RunAsync(
            new ProgramCall("chown", string.Create(CultureInfo.InvariantCulture, $"{Uid}:{Gid}"), path), cancellationToken);
        if (!result.Succeeded)
            throw new IOException(result.Words);
    }

    private static async Task<ServerUser?> OwnerAsync(string path, CancellationToken cancellationToken)
    {
        var format = OperatingSystem.IsLinux() ? "-c" : "-f";
        try
        {
            var result = await ExternalProgram.RunAsync(new ProgramCall("stat", format, "%u", path), cancellationToken);
            return result.Succeeded && int.TryParse(result.Output.Trim(), CultureInfo.InvariantCulture, out var uid) && uid != 0
                ? KnownUsers().FirstOrDefault(user => user.Uid == uid)
                : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static IEnumerable<ServerUser> KnownUsers() =>
        from line in File.Exists("/etc/passwd") ? File.ReadAllLines("/etc/passwd") : []
        let fields = line.Split(':')
        where fields.Length >= 4
            && int.TryParse(fields[2], CultureInfo.InvariantCulture, out _)
            && int.TryParse(fields[3], CultureInfo.InvariantCulture, out _)
        select new ServerUser(
            fields[0], int.Parse(fields[2], CultureInfo.InvariantCulture), int.Parse(fields[3], CultureInfo.InvariantCulture), "");
}
