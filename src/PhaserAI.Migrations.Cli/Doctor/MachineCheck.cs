using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PhaserAI.Migrations.Cli.Output;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>The tool itself, and where it talks to people.</summary>
internal static class MachineCheck
{
    public static Task<IReadOnlyList<Finding>> ToolAsync(Examination of, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Finding>>(
        [Finding.Ok($"phaserai-migrate {ToolVersion.Current}, {(RuntimeFeature.IsDynamicCodeSupported ? RuntimeInformation.FrameworkDescription : "native")}, {RuntimeInformation.RuntimeIdentifier}")]);

    public static Task<IReadOnlyList<Finding>> TerminalAsync(Examination of, CancellationToken cancellationToken)
    {
        var host = of.Host;
        if (!host.InIsTerminal && of.Reader.Rules.MustConfirm)
        {
            return Task.FromResult<IReadOnlyList<Finding>>(host.Variable("CI") is "true" or "1" || of.Call.IsYes
                ? [Finding.Ok("none; what up asks in prod is answered with yes")]
                : [Finding.Warning("none: nobody can answer what up asks in prod, and it would end with exit code 6", $"Run it on a terminal, or with --yes ({of.Tool} up --yes), or set CI=true.")]);
        }

        return Task.FromResult<IReadOnlyList<Finding>>(
            [Finding.Ok(host.OutIsTerminal ? $"{host.Width()} columns, {(Style.For(true, host.Variable).IsEnabled ? "colours" : "no colours (NO_COLOR, CI or TERM)")}" : "none: no colours, no progress line")]);
    }
}
