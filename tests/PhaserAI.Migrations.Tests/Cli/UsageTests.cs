using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>What is mistyped is named, with what was probably meant; exit code 2, and nothing is done.</summary>
public sealed class UsageTests : IDisposable
{
    private readonly MigrationFolder _folder = new();

    [Theory]
    [InlineData("there is no command \"statsu\"", "Did you mean status?", "statsu")]
    [InlineData("there is no command \"upp\"", "Did you mean up?", "upp")]
    [InlineData("there is no command \"stat\"", "Did you mean status?", "stat")]
    [InlineData("there is no command \"frobnicate\"", "--help", "frobnicate")]
    [InlineData("there is no command \"migrate\"", "migrate.sh up applies everything pending", "migrate")]
    [InlineData("there is no command \"INFO\"", "migrate.sh status shows what is applied", "INFO")]
    [InlineData("there is no command \"apply\"", "migrate.sh up applies", "apply")]
    [InlineData("there is no command \"rollback\"", "migrate.sh down rolls back the last", "rollback")]
    [InlineData("there is no command \"undo\"", "migrate.sh down rolls back the last", "undo")]
    [InlineData("there is no command \"reset\"", "migrate.sh down --all rolls back every migration", "reset")]
    [InlineData("there is no command \"create\"", "migrate.sh new NAME makes a migration file", "create", "add_notes")]
    [InlineData("there is no command \"generate\"", "migrate.sh new NAME makes a migration file", "generate")]
    [InlineData("there is no command \"dump\"", "migrate.sh backup create backs the database up", "dump")]
    [InlineData("there is no command \"delete\"", "migrate.sh backup prune deletes old ones", "backup", "delete")]
    [InlineData("there is no command \"shell\"", "migrate.sh dev psql opens psql on it", "dev", "shell")]
    [InlineData("there is no environment \"pord\"", "Did you mean prod?", "status", "-e", "pord")]
    [InlineData("there is no environment \"stage\"", "Did you mean staging?", "status", "-e", "stage")]
    [InlineData("there is no output form \"jsn\"", "Did you mean json?", "status", "-o", "jsn")]
    [InlineData("there is no log format \"jso\"", "Did you mean json?", "status", "--log-format", "jso")]
    [InlineData("which is none of none, emf, cloudwatch", "Did you mean cloudwatch?", "status", "-e", "test", "--metrics", "cloudwach")]
    [InlineData("there is no option --env", "Did you mean --environment?", "status", "--env", "prod")]
    [InlineData("--outcome is \"faild\"", "Did you mean failed?", "history", "--outcome", "faild")]
    [InlineData("there is no completion for \"zhs\"", "Did you mean zsh?", "completion", "zhs")]
    [InlineData("the command completion needs SHELL", "completion --help", "completion")]
    [InlineData("there is no command \"strat\"", "Did you mean start?", "dev", "strat")]
    [InlineData("there is no option --dry-rnu", "Did you mean --dry-run?", "up", "--dry-rnu")]
    [InlineData("there is no option --chekc", "Did you mean --check?", "status", "--chekc=1")]
    [InlineData("there is no option --enviroment", "Did you mean --environment?", "--enviroment", "prod", "status")]
    [InlineData("there is no option --quite", "Did you mean --quiet?", "new", "add_notes", "--quite")]
    [InlineData("there is no option -x", "up --help", "up", "-x")]
    [InlineData("no command is given", "status, list, up, down", "--yes")]
    [InlineData("no command is given", "start, stop", "dev")]
    [InlineData("the command status has no use for \"all\"", "status --help", "status", "all")]
    [InlineData("the command up has no use for \"20250102_000000\"", "up --help", "up", "20250101_000000", "20250102_000000")]
    [InlineData("the command new needs NAME", "new --help", "new")]
    [InlineData("the option --output needs a value: text|json", "--help", "status", "--output")]
    [InlineData("\"yesterday\" is no version", "YYYYMMDD_HHMMSS", "up", "yesterday")]
    [InlineData("down takes a version or --all, not both", "down --all", "down", "20250101_000000", "--all")]
    public async Task It_says_what_is_wrong_and_what_is_right(string message, string next, params string[] args)
    {
        var result = await RunAsync(args);
        Assert.True(result.Code == 2, result.ToString());
        Assert.Empty(result.Out);
        Assert.Equal(2, result.Error.TrimEnd().Split('\n').Length);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Contains(next, result.Error.Split("next:")[1], StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData("up", "20250102", "Did you mean 20250102_143000 (add_etymology_tables)?")]
    [InlineData("up", "2025-01-02 14:30", "Did you mean 20250102_143000 (add_etymology_tables)?")]
    [InlineData("plan", "etymology", "Did you mean 20250102_143000 (add_etymology_tables)?")]
    [InlineData("down", "initial schema", "Did you mean 20250101_120000 (initial_schema)?")]
    [InlineData("baseline", "2025", "Did you mean one of 20250101_120000 (initial_schema), 20250102_143000 (add_etymology_tables), 20250103_091500 (drop_tables)?")]
    [InlineData("history", "20250103_09150", "Did you mean 20250103_091500 (drop_tables)?")]
    [InlineData("up", "20250103-091505", "Did you mean 20250103_091500?")]
    [InlineData("up", "latest", "Without a version it is everything pending: ./scripts/migrate.sh up.")]
    [InlineData("down", "0", "Everything is rolled back with ./scripts/migrate.sh down --all.")]
    [InlineData("down", "2", "It is the version that stays, and not how many to roll back")]
    public async Task What_is_no_version_is_looked_for_among_the_files(string command, string typed, string next)
    {
        foreach (var name in (string[])["20250101_120000_initial_schema", "20250102_143000_add_etymology_tables", "20250103_091500_drop_tables"])
            _folder.Write($"{name}.sql", "SELECT 1;");
        var result = await RunAsync(command, typed);
        Assert.True(result.Code == 2, result.ToString());
        Assert.Contains($"\"{typed}\" is no version\nnext: {next}", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_files_cannot_be_read_only_the_form_is_said()
    {
        var result = await RunAsync("up", "etymology", "--migrations", "/no/such/folder");
        Assert.Contains("next: Write it as YYYYMMDD_HHMMSS", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-o", "json", "statsu")]
    [InlineData("statsu", "--output", "json")]
    [InlineData("up", "--dry-rnu", "--output=json")]
    [InlineData("--output", "JSON")]
    [InlineData("new", "-o", "json")]
    [InlineData("status", "-o", "json", "-e", "pord")]
    public async Task In_JSON_it_is_one_document_on_the_standard_output(params string[] args)
    {
        var result = await RunAsync(args);
        Assert.Equal(2, result.Code);
        Assert.Empty(result.Error);
        var error = result.Json.GetProperty("error");
        Assert.Equal(2, error.GetProperty("exitCode").GetInt32());
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
        Assert.NotEmpty(error.GetProperty("next").GetString()!);
    }

    [Fact]
    public async Task A_migration_may_be_called_json()
    {
        var result = await RunAsync("new", "json", "--bogus");
        Assert.Empty(result.Out);
        Assert.Contains("there is no option --bogus", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_two_hyphens_and_an_at_sign_everything_is_a_name()
    {
        var result = await RunAsync("new", "--", "--quite", "@home");
        Assert.Equal(0, result.Code);
        Assert.EndsWith("_quite_home.sql", result.Out.TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Usage: ./scripts/migrate.sh COMMAND [options]")]
    [InlineData("Usage: ./scripts/migrate.sh status [options]", "status")]
    [InlineData("Usage: ./scripts/migrate.sh list [options]", "list")]
    [InlineData("Usage: ./scripts/migrate.sh up [VERSION] [options]", "up")]
    [InlineData("Usage: ./scripts/migrate.sh down [VERSION] [options]", "down")]
    [InlineData("Usage: ./scripts/migrate.sh plan [VERSION] [options]", "plan")]
    [InlineData("Usage: ./scripts/migrate.sh new NAME… [options]", "new")]
    [InlineData("Usage: ./scripts/migrate.sh inspect FILE… [options]", "inspect")]
    [InlineData("Usage: ./scripts/migrate.sh dev COMMAND [options]", "dev")]
    [InlineData("Usage: ./scripts/migrate.sh completion SHELL [options]", "completion")]
    [InlineData("Usage: ./scripts/migrate.sh dev psql [ARGUMENTS…] [options]", "dev", "psql")]
    public async Task Help_needs_nothing_and_fits_the_terminal(string usage, params string[] command)
    {
        var cli = new CliRunner(_folder, null) { IsTerminal = true, Width = 72 };
        cli.Variables["NO_COLOR"] = "1";
        cli.Variables["ENVIRONMENT"] = "nonsense";
        var result = await cli.RunAsync([.. command, "--help"]);
        Assert.Equal(0, result.Code);
        Assert.Contains(usage, result.Out, StringComparison.Ordinal);
        Assert.All(result.Out.Split('\n').Where(line => !line.Contains("migrate.sh", StringComparison.Ordinal)), line => Assert.True(line.Length <= 72, line));
        Assert.Contains("--output text|json", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_every_setting_and_exit_code()
    {
        var help = (await RunAsync("--help")).Out;
        string[] words =
        [
            "ENVIRONMENT", "MIGRATIONS_DIR", "MIGRATE_LOCK_WAIT", "DATABASE_URL", "DB_HOST, DB_ENDPOINT, PGHOST", "DB_PORT, PGPORT", "DB_NAME", "DB_USER", "DB_PASSWORD",
            "DB_SSLMODE", "DB_SSLROOTCERT", "Exit codes:", "130", "Examples:",
        ];
        Assert.All(words, word => Assert.Contains(word, help, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Version_is_a_number() => Assert.Matches(@"^phaserai-migrate \d+\.\d+\.\d+\S*$", (await RunAsync("--version")).Out.Trim());

    [Fact]
    public async Task Who_wants_JSON_gets_it_also_when_another_option_can_not_be_used()
    {
        var result = await RunAsync("inspect", "none.sql", "--output", "json", "--log-format", "yaml");

        Assert.Equal((2, 2), (result.Code, result.Json.GetProperty("error").GetProperty("exitCode").GetInt32()));
    }

    [Fact]
    public async Task A_folder_that_is_gone_is_told()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there a folder in use can't be deleted");
        var start = new ProcessStartInfo("sh", ["-c", "mkdir gone && cd gone && rmdir ../gone && exec \"$0\" --version", CliProcess.Tool])
        {
            RedirectStandardError = true,
            WorkingDirectory = _folder.Project,
        };
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        using var process = Process.Start(start)!;
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((2, true), (process.ExitCode, error.Contains("next: change to a folder that exists", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_program_may_have_the_name_of_a_command()
    {
        var built = Environment.GetEnvironmentVariable("MIGRATE_TEST_BINARY") is { Length: > 0 } given ? given : Path.Combine(AppContext.BaseDirectory, "phaserai-migrate");
        // Beside the original: the program that is not native needs its libraries.
        var copy = Path.Combine(Path.GetDirectoryName(built)!, "status");
        // By another process: a child that is started meanwhile in another test would inherit the open file, and what is open for writing does not run
        using (var cp = Process.Start("cp", [built, copy]))
            await cp.WaitForExitAsync(TestContext.Current.CancellationToken);
        var start = new ProcessStartInfo(copy, ["status", "--help"]) { RedirectStandardOutput = true };
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        File.Delete(copy);
        Assert.Equal(0, process.ExitCode);
        Assert.Contains(" status [options]", output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private Task<CliResult> RunAsync(params string[] args) => new CliRunner(_folder, null).RunAsync(args);
}
