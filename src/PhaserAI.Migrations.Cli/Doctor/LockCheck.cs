using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.Execution;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>Whether another run is going on. The lock is looked at, and not tried.</summary>
internal static class LockCheck
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken)
    {
        var schema = of.History!.Schema;
        var (holder, isWorking) = await LockWait.FindHolderAsync(of.Connection!, MigrationLock.KeyOf(schema), MigrationLock.FenceOf(schema), cancellationToken);
        return holder is null
            ? [Finding.Ok("free: no run is going on")]
            : [Finding.Warning(
                $"a run is going on{(isWorking ? ", and works" : "")}: {RunText.Holder(holder)}",
                $"Wait until it is done. If it is dead: SELECT pg_terminate_backend({holder.ProcessId});")];
    }
}
