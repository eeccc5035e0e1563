using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json.Nodes;
using PhaserAI.Migrations.Cli.Completion;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>completion bash|zsh</c>.</summary>
internal static class CompletionCommand
{
    private static readonly string[] Shells = ["bash", "zsh"];

    public static Command Create(CommandLine line)
    {
        var shell = new Argument<string>("shell") { Description = "bash or zsh." };
        shell.CompletionSources.Add(Shells);
        var command = new Command("completion", "Print a script that completes commands, options, versions and files. It needs no database and starts no program.") { shell };
        line.Handle(command, (call, _) =>
        {
            var wanted = Path.GetFileName(call.Parsed.GetValue(shell)!.Trim()).ToLowerInvariant();
            ImmutableArray<CompletedCommand> commands = [.. CompletedCommand.Of(call.Parsed.RootCommandResult.Command)];
            var script = wanted switch
            {
                "bash" => BashScript.Write(commands),
                "zsh" => ZshScript.Write(commands),
                _ => throw new UsageException(
                    $"there is no completion for \"{wanted}\"", $"{(Nearest.Of(wanted, Shells) is { } meant ? $"Did you mean {meant}? " : "")}There is {call.Host.CommandName} completion bash, and zsh."),
            };
            call.Reporter.Answer(script.TrimEnd('\n'), new JsonObject { ["shell"] = wanted, ["script"] = script });
            return Task.FromResult(ExitCode.Done);
        },
        new("completion bash", "The script; source <(phaserai-migrate completion bash) in ~/.bashrc loads it."),
        new("completion zsh", "The same for ~/.zshrc, after compinit."));
        return command;
    }
}
