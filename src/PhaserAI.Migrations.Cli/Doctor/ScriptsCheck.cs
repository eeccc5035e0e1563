using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>What <c>up</c> would refuse, and what it would only remark.</summary>
internal static class ScriptsCheck
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken)
    {
        var (scripts, snapshot) = (of.Scripts!, of.Snapshot ?? HistorySnapshot.Empty);
        var plan = await Task.Run(() => MigrationPlanner.PlanUp(scripts, snapshot, null, of.Reader.Rules.Drift), cancellationToken);
        if (of.History is { IsPooled: true } history)
            plan = PooledSession.Check(plan, history.ServerAddress);
        of.Plan = plan;
        var problems = plan.Problems.Select(ToProblem).ToArray();
        var warnings = plan.Findings.Select(finding => ToProblem(finding) with { State = CheckState.Warning }).ToArray();
        if (problems.Length + warnings.Length > 0)
            return [.. Finding.Few(problems, $"See all: {of.Tool} plan"), .. Finding.Few(warnings, $"See all: {of.Tool} validate")];
        var pending = $"{plan.Migrations.Length} pending{(plan.Skipped.IsEmpty ? "" : $", {plan.Skipped.Length} only for other environments")}";
        return [Finding.Ok(of.Snapshot is null ? $"{(scripts.Scripts.Length == 1 ? "1 file" : $"{scripts.Scripts.Length} files")}, which can all be read; what is applied is not known" : $"{pending}; they can all be read{(plan.Migrations.IsEmpty ? "" : $", {of.Tool} plan shows them")}")];
    }

    public static Finding ToProblem(ScriptProblem problem) => Finding.Problem(
        $"{problem.File}{(problem.Line == 0 ? "" : $":{problem.Line}:{problem.Column}")}: {problem.Message}", problem.Mend);
}
