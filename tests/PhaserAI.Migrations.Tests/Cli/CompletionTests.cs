using System.Collections.Immutable;
using PhaserAI.Migrations.Cli.DevServer;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>What bash and zsh offer when Tab is pressed; the shells are real.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly MigrationFolder _folder = new();

    public CompletionTests()
    {
        foreach (var name in (string[])["20250101_120000_initial_schema", "20250102_143000_add_etymology_tables", "20260103_091500_drop_tables"])
            _folder.Write($"{name}.sql", "SELECT 1;");
        _folder.Write("notes.txt", "");
        Directory.CreateDirectory(Path.Combine(_folder.Project, "my files"));
        File.WriteAllText(Path.Combine(_folder.Project, "my files", "one file.sql"), "");
    }

    /// <summary>Lines up to the cursor, and what is offered for their last word; one process of a shell answers them all.</summary>
    private static readonly (string Line, string Offered)[] Lines =
    [
        ("phaserai-migrate sta", "status"),
        ("./scripts/migrate.sh re", "rehearse repair reset-history"),
        ("phaserai-migrate backup ver", "verify"),
        ("phaserai-migrate -e prod backup --quiet pr", "prune"),
        ("phaserai-migrate dev ", "psql reset start status stop"),
        ("phaserai-migrate up --dr", "--dry-run"),
        ("phaserai-migrate down --a", "--all"),
        ("phaserai-migrate status --environment ", "dev prod staging test"),
        ("phaserai-migrate status -e st", "staging"),
        ("phaserai-migrate -o ", "json text"),
        ("phaserai-migrate up --metrics c", "cloudwatch"),
        ("phaserai-migrate history --outcome f", "failed"),
        ("phaserai-migrate backup create --format ", "custom plain"),
        ("phaserai-migrate completion ", "bash zsh"),
        ("phaserai-migrate up ", "20250101_120000 20250102_143000 20260103_091500"),
        ("phaserai-migrate up 2025", "20250101_120000 20250102_143000"),
        ("phaserai-migrate -e prod down --no-backup 2026", "20260103_091500"),
        ("phaserai-migrate repair --applied 2026", "20260103_091500"),
        ("phaserai-migrate baseline 20250102", "20250102_143000"),
        ("phaserai-migrate --migrations infra/migrations up 2026", "20260103_091500"),
        ("phaserai-migrate --migrations nowhere up 2026", ""),
        ("phaserai-migrate up 20250101_120000 ", ""),
        ("phaserai-migrate status ", ""),
        ("phaserai-migrate --lock-wait ", ""),
        ("phaserai-migrate dev psql -- st", ""),
    ];

    [Fact]
    public async Task Bash_offers_what_can_follow()
    {
        (string Line, string Offered)[] own =
        [
            .. Lines,
            ("phaserai-migrate up etym", "20250102_143000"), // part of a description
            ("phaserai-migrate up tables", ""),              // of two
            ("phaserai-migrate inspect infra/migrations/2026", "infra/migrations/20260103_091500_drop_tables.sql"),
            ("phaserai-migrate inspect infra/migrations/n", ""),
            ("phaserai-migrate inspect in", "infra"),
            ("phaserai-migrate --migrations in", "infra"),
            // As bash cuts --output=js.
            ("phaserai-migrate --output = js", "json"),
            ("phaserai-migrate --output =", "json text"),
            ("phaserai-migrate --output = json stat", "status"),
        ];
        Assert.Equal(own.Select(line => line.Offered), await BashAsync([.. own.Select(line => Quoted(line.Line))]));
        Assert.Equal(["my files/one file.sql"], await BashAsync(["'phaserai-migrate' 'inspect' 'my files/o'"]));
    }

    [Fact]
    public async Task Zsh_offers_what_can_follow()
    {
        (string Line, string Offered)[] own =
        [
            .. Lines,
            ("phaserai-migrate --output=js", "json"),
            ("phaserai-migrate --output=json stat", "status"),
            ("phaserai-migrate inspect ", "files *.sql"),
            ("phaserai-migrate --migrations ", "files /"),
        ];
        Assert.Equal(own.Select(line => line.Offered), await ZshAsync([.. own.Select(line => Quoted(line.Line))]));
    }

    [Fact]
    public async Task Nothing_is_run_and_the_folder_of_the_script_counts()
    {
        // From another folder, by the path of the script, which is not there: it can't have been called.
        var line = $"{_folder.Project}/scripts/migrate.sh up 2026";
        Directory.CreateDirectory(Path.Combine(_folder.Project, "scripts"));
        Assert.Equal(["20260103_091500"], await BashAsync([Quoted(line)], Path.GetTempPath()));
        Assert.Equal(["20260103_091500"], await ZshAsync([Quoted(line)], Path.GetTempPath()));
    }

    [Fact]
    public async Task Bash_knows_the_programs()
    {
        var registered = await RunAsync("bash", "source <(cat completion.bash); complete -p phaserai-migrate migrate.sh");
        Assert.Equal(2, registered.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Zsh_completes_a_line_that_is_typed()
    {
        await WriteAsync("zsh");
        // Keys as a person presses them, on a terminal of its own; ^X writes what stands in the line then.
        var typed = await RunAsync("zsh", """
            zmodload zsh/zpty
            cat > keys.zsh <<'END'
            autoload -U compinit && compinit -u -D
            source ./completion.zsh
            report() { print -r -- "$BUFFER" > typed.txt; exit }
            zle -N report
            bindkey '^X' report
            END
            export ZDOTDIR=$PWD
            mv keys.zsh .zshrc
            zpty typist zsh -i
            zpty -w -n typist $'phaserai-migrate statu\t--ch\t-e pr\t\x18'
            while zpty -r typist >/dev/null 2>&1; do :; done
            cat typed.txt
            """);
        Assert.Equal("phaserai-migrate status --check -e prod", typed.TrimEnd());
    }

    [Fact]
    public async Task In_JSON_the_script_is_a_field()
    {
        var result = await new CliRunner(_folder, null).RunAsync("completion", "zsh", "-o", "json");
        Assert.Equal("zsh", result.Json.GetProperty("shell").GetString());
        Assert.StartsWith("#compdef phaserai-migrate migrate.sh\n", result.Json.GetProperty("script").GetString(), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Sets what bash sets when Tab is pressed at the end of a line of these words, and calls the function.</summary>
    private async Task<string[]> BashAsync(string[] lines, string? folder = null) => Answers(await RunAsync("bash", $$"""
        source '{{_folder.Project}}/completion.bash'
        cd '{{folder ?? _folder.Project}}'
        offer() {
          COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
          _phaserai_migrate
          printf '%s\n' ${COMPREPLY[@]+"${COMPREPLY[@]}"} | LC_ALL=C sort -u
          echo --
        }
        {{string.Join('\n', lines.Select(line => $"offer {line}"))}}
        """));

    /// <summary>The function in a real zsh; only what draws its answer is replaced, and cuts it by the word as zsh would.</summary>
    private async Task<string[]> ZshAsync(string[] lines, string? folder = null)
    {
        await WriteAsync("zsh");
        return Answers(await RunAsync("zsh", $$"""
            compdef() { }
            compset() { words[CURRENT]=${words[CURRENT]#*=} }
            _files() { print -r -- "files ${argv[-1]#-}" }
            compadd() { [[ $1 == -- ]] && shift; print -rl -- ${(M)@:#$words[CURRENT]*} }
            _describe() { local -a found; found=("${(@P)argv[-1]}"); found=("${(@)found%%:*}"); print -rl -- ${(M)found:#$words[CURRENT]*} }
            source '{{_folder.Project}}/completion.zsh'
            cd '{{folder ?? _folder.Project}}'
            offer() { local -a words; words=("$@"); local CURRENT=$#; _phaserai_migrate | LC_ALL=C sort -u; print -r -- -- }
            {{string.Join('\n', lines.Select(line => $"offer {line}"))}}
            """));
    }

    private static string Quoted(string line) => string.Join(' ', line.Split(' ').Select(word => $"'{word}'"));

    /// <summary>The words of each answer; a line with two hyphens ends it.</summary>
    private static string[] Answers(string output) =>
        [.. output.Split("--\n")[..^1].Select(answer => string.Join(' ', answer.Split('\n', StringSplitOptions.RemoveEmptyEntries)))];

    private async Task WriteAsync(string shell)
    {
        var result = await new CliRunner(_folder, null).RunAsync("completion", shell);
        Assert.True(result.Code == 0, result.ToString());
        await File.WriteAllTextAsync(Path.Combine(_folder.Project, $"completion.{shell}"), result.Out, TestContext.Current.CancellationToken);
    }

    private async Task<string> RunAsync(string shell, string script)
    {
        var program = ExternalProgram.FindOnPath(shell);
        Require.Program(program, shell);
        if (shell == "bash")
            await WriteAsync("bash");
        string[] options = shell == "zsh" ? ["-f", "-c"] : ["--norc", "-c"];
        var result = await ExternalProgram.RunAsync(
            new ProgramCall(program!, [.. options, script])
            {
                WorkingDirectory = _folder.Project,
                Environment = ImmutableDictionary.CreateRange(
                [
                    KeyValuePair.Create("PATH", "/usr/bin:/bin"), KeyValuePair.Create("HOME", _folder.Project),
                    KeyValuePair.Create("LC_ALL", "C.UTF-8"), KeyValuePair.Create("TERM", "xterm"),
                ]),
            },
            TestContext.Current.CancellationToken);
        Assert.True(result.Succeeded && result.Error.Length == 0, $"{result.ExitCode}: {result.Error}");
        return result.Output;
    }
}
