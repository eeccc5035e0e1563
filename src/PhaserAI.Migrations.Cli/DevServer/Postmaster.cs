using System.Diagnostics;
using System.Globalization;

namespace PhaserAI.Migrations.Cli.DevServer;

/// <summary>What a server writes about itself into postmaster.pid (src/include/utils/pidfile.h).</summary>
internal sealed record Postmaster(int Pid, string DataFolder, long StartedAt, int Port, bool Ready)
{
    public const string FileName = "postmaster.pid";

    /// <summary>Null when the cluster's folder has no such file, or one that is not complete yet.</summary>
    public static Postmaster? Read(string cluster)
    {
        try
        {
            // Lines: pid, data folder, start time, port, socket folder, address, shared memory, status.
            var lines = File.ReadAllLines(Path.Combine(cluster, FileName));
            return lines.Length >= 4
                && int.TryParse(lines[0], CultureInfo.InvariantCulture, out var pid)
                && long.TryParse(lines[2], CultureInfo.InvariantCulture, out var startedAt)
                && int.TryParse(lines[3], CultureInfo.InvariantCulture, out var port)
                ? new Postmaster(pid, lines[1], startedAt, port, lines.Length >= 8 && lines[7].StartsWith("ready", StringComparison.Ordinal))
                : null;
        }
        catch (IOException error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException error)
        {
            throw new DevServerException(
                $"The development database in {cluster} belongs to another user.", error.Message,
                $"Run as the user who made it, or remove the folder. {DevServerException.OtherServer}", error);
        }
    }

    /// <summary>
    /// Whether this very server is alive. The file outlives a crash and a reboot, its pid may be another program's by now, and it is
    /// copied with the folder: a living process of that number proves nothing.
    /// </summary>
    public bool Serves(string cluster) => IsAlive() && IsFor(cluster);

    /// <summary>Whether any process has this number, a zombie too: then PostgreSQL believes the file.</summary>
    public bool IsNumberInUse()
    {
        try
        {
            using var process = Process.GetProcessById(Pid);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private bool IsAlive()
    {
        if (!OperatingSystem.IsLinux())
            return IsAliveByStartTime();
        try
        {
            // Readable for everybody (the link /proc/PID/cwd is not, for root in a container without CAP_SYS_PTRACE); empty for a
            // zombie. The postmaster keeps its arguments, its children overwrite theirs (ps_status.c).
            var arguments = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{Pid}/cmdline")).Split('\0');
            return Path.GetFileName(arguments[0]) is "postgres" or "postmaster"
                && (arguments.Contains(Port.ToString(CultureInfo.InvariantCulture)) || arguments.Contains(DataFolder));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private bool IsAliveByStartTime()
    {
        try
        {
            using var process = Process.GetProcessById(Pid);
            var distance = new DateTimeOffset(process.StartTime) - DateTimeOffset.FromUnixTimeSeconds(StartedAt);
            return process.ProcessName is "postgres" && distance.Duration() < TimeSpan.FromMinutes(1);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private bool IsFor(string cluster)
    {
        if (string.Equals(DataFolder, cluster, StringComparison.Ordinal))
            return true;
        // Another name of the same folder, or the folder was moved under the running server; else this file was copied with it.
        var original = Path.Combine(DataFolder, FileName);
        return !File.Exists(original)
            || string.Equals(ClusterPlace.RealPath(DataFolder), ClusterPlace.RealPath(cluster), StringComparison.Ordinal)
            || !string.Equals(File.ReadAllText(original), File.ReadAllText(Path.Combine(cluster, FileName)), StringComparison.Ordinal);
    }
}
