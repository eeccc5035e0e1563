using PhaserAI.Migrations.Cli.DevServer;
using PhaserAI.Migrations.Cli.Settings;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>Secrets where others can read them: in files that git keeps, in migrations, in a .env that every user of the machine can read.</summary>
internal static class SecretsCheck
{
    private const int LongestScript = 4 * 1024 * 1024;
    private const UnixFileMode OthersRead = UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private static readonly string[] Templates = ["example", "sample", "template", "dist", "default"];

    public static async Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var kept = await AskGitAsync(of, cancellationToken, "ls-files", "-z", "--", ".env", ".env.*", "*.env");
        foreach (var file in (kept ?? "").Split('\0', StringSplitOptions.RemoveEmptyEntries))
            findings.AddRange(LookIntoKept(of, file));
        var own = Path.Combine(of.Project.Path, ".env");
        if (File.Exists(own) && SecretsIn(of, own) is { Length: > 0 } secrets)
        {
            var names = string.Join(", ", secrets);
            if (kept is not null && !kept.Split('\0').Contains(".env") && await AskGitAsync(of, cancellationToken, "check-ignore", "--", ".env") is null)
                findings.Add(Finding.Warning($".env holds {names}, and git does not ignore it: the next git add takes it", "Add a line .env to .gitignore."));
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(own) & OthersRead) != UnixFileMode.None)
                findings.Add(Finding.Warning($".env holds {names}, and other users of this machine can read it", $"Make it yours alone: chmod 600 {ProjectFolder.Shorten(own, of.Host.CurrentDirectory)}"));
        }

        findings.AddRange(LookIntoScripts(of, cancellationToken));
        return findings.Count > 0 ? Finding.Few(findings, "Mend those first.") : [Finding.Ok(kept is null ? "none in migrations; there is no git repository" : "none in migrations, nor in files that git keeps")];
    }

    private static IEnumerable<Finding> LookIntoKept(Examination of, string file)
    {
        if (Templates.Any(word => Path.GetFileName(file).Contains(word, StringComparison.OrdinalIgnoreCase)) || SecretsIn(of, Path.Combine(of.Project.Path, file)) is not { Length: > 0 } secrets)
            yield break;
        yield return Finding.Problem(
            $"{file} is committed and holds {string.Join(", ", secrets)}: everybody who can read the repository knows it",
            $"Change the secret, take the file out of git (git rm --cached {file}) and add it to .gitignore.");
    }

    /// <summary>The variables with secrets that such a file sets.</summary>
    private static string[] SecretsIn(Examination of, string path)
    {
        try
        {
            var read = DotEnv.Read(path, of.Project.Path, File.ReadAllText(path), _ => false);
            return [.. read.Values.Where(pair => pair.Value.Text.Length > 0 && IsSecret(pair.Key, pair.Value)).Select(pair => pair.Key)];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return []; // that it can't be read is among the settings
        }
    }

    /// <summary>A URL without a password is none.</summary>
    private static bool IsSecret(string name, SettingValue value) => KnownSettings.Find(name) is { IsSecret: true } setting
        && (!setting.NamesServer || DatabaseUrl.Masked(value, "") != value.Text.Trim());

    private static IEnumerable<Finding> LookIntoScripts(Examination of, CancellationToken cancellationToken)
    {
        var folder = of.Settings?.Migrations ?? Path.Combine(of.Project.Path, "infra", "migrations");
        foreach (var file in Directory.Exists(folder) ? Directory.GetFiles(folder, "*.sql") : [])
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (new FileInfo(file) is { Exists: true, Length: <= LongestScript } && HasSecret(file))
            {
                yield return Finding.Warning(
                    $"{ProjectFolder.Shorten(file, of.Host.CurrentDirectory)} holds a password, which everybody who can read the repository knows",
                    "Change that password, and set it outside of migrations: \\password ROLE in psql.");
            }
        }
    }

    private static bool HasSecret(string file)
    {
        try
        {
            SecretMask.Apply(File.ReadAllText(file), out var hasSecret);
            return hasSecret;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return false; // the next check names it
        }
    }

    /// <summary>What git says; null when it refuses, knows no repository here, or is not there.</summary>
    private static async Task<string?> AskGitAsync(Examination of, CancellationToken cancellationToken, params string[] arguments)
    {
        if (ExternalProgram.FindOnPath("git") is not { } git || !Directory.Exists(of.Project.Path))
            return null;
        var answer = await ExternalProgram.RunAsync(new ProgramCall(git, ["-C", of.Project.Path, .. arguments]), cancellationToken);
        return answer.Succeeded ? answer.Output : null;
    }
}
