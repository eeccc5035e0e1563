using System.Diagnostics;
using System.Runtime.InteropServices;
using PhaserAI.Migrations.Cli.DevServer;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;

namespace PhaserAI.Migrations.Tests.Imports;

/// <summary>The real dbmate, fetched with npm into artifacts/ once.</summary>
internal static class Dbmate
{
    private const string Version = "2.36.0";

    private static readonly Lazy<Task<string>> Program = new(FetchAsync);

    /// <summary>Runs it on a database, with the files of a folder.</summary>
    public static async Task<CliResult> RunAsync(TestDatabase database, string folder, params string[] arguments)
    {
        var url = $"postgres://{database.Address.Username}:{Uri.EscapeDataString(database.Address.Password ?? "")}@{database.Address.Host}:{database.Address.Port}/{database.Address.Database}?sslmode=disable";
        return await CallAsync(await Program.Value, ["--no-dump-schema", "--url", url, "--migrations-dir", folder, .. arguments]);
    }

    private static async Task<string> FetchAsync()
    {
        var npm = ExternalProgram.FindOnPath("npm");
        Require.Program(npm, "npm");
        var target = Path.Combine(MigrationFolder.RepositoryRoot, "artifacts", $"dbmate-{Version}");
        var system = OperatingSystem.IsMacOS() ? "darwin" : "linux";
        var machine = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 ? "arm64" : "x64";
        var program = Path.Combine(target, "node_modules", "@dbmate", $"{system}-{machine}", "bin", "dbmate");
        if (File.Exists(program))
            return program;
        // Another run may fetch it at the same time: whoever is first moves its own into place.
        var own = $"{target}-{Guid.NewGuid():N}";
        Directory.CreateDirectory(own);
        var fetched = await CallAsync(npm!, ["install", "--prefix", own, "--no-save", "--no-audit", "--no-fund", "--silent", $"dbmate@{Version}"]);
        if (fetched.Code != 0)
            throw new InvalidOperationException($"npm can't fetch dbmate: {fetched}");
        try
        {
            Directory.Move(own, target);
        }
        catch (IOException) when (File.Exists(program))
        {
            Directory.Delete(own, recursive: true);
        }

        return program;
    }

    private static async Task<CliResult> CallAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new CliResult(process.ExitCode, await output, await error);
    }
}
