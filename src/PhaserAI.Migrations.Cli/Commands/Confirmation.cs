using PhaserAI.Migrations.Cli.Output;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>Where the environment wants it, a person says yes before anything is changed.</summary>
internal static class Confirmation
{
    /// <exception cref="RefusedException">Nobody said yes, or nobody can be asked.</exception>
    public static void Require(Call call, TargetInfo target, string verb)
    {
        if (!call.Settings.Rules.MustConfirm || call.IsYes)
            return;
        if (call.Host.Variable("CI") is "true" or "1")
            return;
        if (!call.Host.InIsTerminal)
        {
            throw new RefusedException(
                $"{verb} in {target.Environment} must be confirmed, and there is no terminal to ask on; nothing was changed",
                $"Run {call.Host.CommandName} {verb} --yes if you are sure.");
        }

        call.Host.Error.Write($"This changes {target}. Type the database's name to go on: ");
        call.Host.Error.Flush();
        if (call.Host.In.ReadLine()?.Trim() != target.Database)
            throw new RefusedException("not confirmed; nothing was changed", $"Run {call.Host.CommandName} {verb} again and type {target.Database}.");
    }
}
