using System.CommandLine;
using System.CommandLine.Invocation;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>What <c>--version</c> prints.</summary>
internal sealed class VersionText(CliHost host) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        host.Out.WriteLine($"phaserai-migrate {ToolVersion.Current}");
        return ExitCode.Done;
    }
}
