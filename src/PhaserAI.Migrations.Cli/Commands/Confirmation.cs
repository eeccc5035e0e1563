using PhaserAI.Migrations.Cli.Output;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>Where the environment wants it, a person says yes before anything is changed.</summary>
internal static class Confirmation
{
    private const string AtTerminal = "confirmed at the terminal";

    /// <summary>Says what is going to happen, and asks; answers with how it was confirmed, for the log.</summary>
    /// <exception cref="RefusedException">Nobody said yes, or nobody can be asked.</exception>
    public static async Task<string?> RequireAsync(Call call, TargetInfo target, MigrationPlan plan, string command, CancellationToken cancellationToken)
    {
        var verb = plan.Direction is MigrationDirection.Up ? "applies" : "rolls back";
        var by = await RequireAsync(call, target, command, Show, cancellationToken);
        if (by == AtTerminal)
        {
            if (plan is { Direction: MigrationDirection.Down, Destroys: [var first, ..] })
                await RequireLossAsync(call, plan.Destroys.Length, first.ObjectName, command, cancellationToken);
            return by;
        }

        // Who has said yes beforehand still reads in the log of the job what it cost.
        foreach (var loss in plan.Destroys)
            call.Progress.Report(new NoticeReceived("WARNING", $"{loss.Version} {loss}"));
        return by;

        void Show(TextWriter writer)
        {
            writer.WriteLine($"This {verb} {TextReporter.Count(plan.Migrations.Length)} on {target}:");
            foreach (var migration in plan.Migrations)
            {
                writer.WriteLine($"  {migration.FileName}");
                foreach (var loss in plan.Destroys.Where(loss => loss.Version == migration.Version))
                    writer.WriteLine($"    {Style.For(call.Host.ErrorIsTerminal, call.Host.Variable).Yellow(Printable.Of(loss.ToString()))}");
            }
        }
    }

    /// <summary>Taking back what destroys data needs a second answer, which nobody gives by habit.</summary>
    private static async Task RequireLossAsync(Call call, int count, string name, string command, CancellationToken cancellationToken)
    {
        var (answer, what) = count == 1 ? (name, $"{Printable.Of(name)}, whose data are lost") : ($"{count}", $"{count}, the number of losses above");
        if (await AskAsync(call.Host, $"Type {what}, to go on: ", cancellationToken) != answer)
            throw new RefusedException(
                "the loss of data was not confirmed; nothing was changed",
                $"Save the data first, or run {call.Host.CommandName} {command}{call.OptionsAgain} again and type {Printable.Of(answer)}.");
    }

    /// <summary>The same for whatever <paramref name="show"/> says.</summary>
    /// <exception cref="RefusedException">As above.</exception>
    public static async Task<string?> RequireAsync(Call call, TargetInfo target, string command, Action<TextWriter> show, CancellationToken cancellationToken)
    {
        var given = call.Host switch
        {
            { Invocation: { } invocation } => $"{invocation}",
            _ when call.IsYes => "--yes",
            _ when call.Host.Variable("CI") is "true" or "1" => $"CI={call.Host.Variable("CI")}",
            _ => null,
        };
        if (given is not null)
        {
            call.Reporter.Note($"Confirmed by {given}.");
            return $"confirmed by {given}";
        }

        var again = $"{call.Host.CommandName} {command}{call.OptionsAgain}";
        if (!call.Host.InIsTerminal)
        {
            throw new RefusedException(
                $"{command} in {target.Environment} must be confirmed, and there is no terminal to ask on; nothing was changed",
                $"Run {again} --yes if you are sure{(command.StartsWith("backup ", StringComparison.Ordinal) ? "" : $"; {again} --dry-run shows what it would do")}.");
        }

        show(call.Host.Error);
        var answer = await AskAsync(call.Host, "Type the database's name to go on: ", cancellationToken);
        if (answer.Length == 0 || answer != target.Database)
            throw new RefusedException("not confirmed; nothing was changed", $"Run {again} again and type {target.Database}.");
        return AtTerminal;
    }

    /// <summary>The answer to a question; empty when there is none. Ctrl-C ends it, although reading a terminal can't be cancelled.</summary>
    /// <exception cref="OperationCanceledException">Ctrl-C.</exception>
    public static async Task<string> AskAsync(CliHost host, string question, CancellationToken cancellationToken)
    {
        host.Error.Write(question);
        host.Error.Flush();
        try
        {
            var answer = await Task.Run(host.In.ReadLine, CancellationToken.None).WaitAsync(cancellationToken);
            return answer?.Trim() ?? "";
        }
        catch (OperationCanceledException)
        {
            host.Error.WriteLine();
            throw;
        }
    }
}
