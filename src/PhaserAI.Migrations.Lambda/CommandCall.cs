using System.Collections.Immutable;
using PhaserAI.Migrations.Cli;

namespace PhaserAI.Migrations.Lambda;

/// <summary>Calls the command line in this process, for programs: one JSON document, and a log of JSON lines.</summary>
internal sealed class CommandCall(FunctionHost host, LambdaInvocation invocation)
{
    /// <summary>Settings that go before the function's environment.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = ImmutableDictionary<string, string>.Empty;

    public async Task<CommandAnswer> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        await using var output = new StringWriter();
        var surroundings = new CliHost(output, host.Log, TextReader.Null, name => Settings.GetValueOrDefault(name) ?? host.Variable(name), host.Folder)
        {
            TimeProvider = host.Clock,
            Invocation = invocation,
        };
        var code = await CommandLine.RunAsync([.. arguments, "--output", "json", "--log-format", "json"], surroundings, cancellationToken);
        return new CommandAnswer(code, output.ToString());
    }
}
