using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Cdk;

/// <summary>The migrations of a folder as a stack deploys them: read, checked, and made one hash of.</summary>
/// <param name="Version">The newest of them.</param>
/// <param name="Hash">SHA-256 of their names and checksums, and of nothing else: neither time nor place, nor other files of the folder.</param>
/// <param name="Findings">What is worth knowing but stops nothing, in the words of the command line.</param>
internal sealed record MigrationScripts(string Version, string Hash, ImmutableArray<string> Findings)
{
    private static readonly Style Plain = new(enabled: false);

    /// <summary>Reads a folder as <c>plan</c> reads it for an empty database.</summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="environment">Which environment's; migrations that are meant for others are not checked, but count in the hash.</param>
    /// <exception cref="SynthesisException">A script has a problem, or there is none.</exception>
    public static MigrationScripts Read(string directory, string environment)
    {
        var scripts = ScriptSet.Load(directory, directory, environment);
        var plan = MigrationPlanner.PlanUp(scripts, HistorySnapshot.Empty, null, DriftPolicy.Strict);
        if (!plan.Problems.IsEmpty)
            throw new SynthesisException(string.Concat(plan.Problems.Select(problem => Describe("error:", problem))) + Count(plan.Problems.Length));
        if (scripts.Scripts.IsEmpty)
            throw new SynthesisException($"error: there is no migration in {directory}\n   = next: Make one with scripts/migrate.sh new NAME, or name another folder.\n");
        return new MigrationScripts(
            scripts.Scripts[^1].Version.ToString(), HashOf(scripts), [.. plan.Findings.Select(finding => Describe("", finding).TrimStart())]);
    }

    private static string HashOf(ScriptSet scripts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var script in scripts.Scripts)
            hash.AppendData(Encoding.UTF8.GetBytes($"{script.FileName}\n{script.Checksum}\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Describe(string label, ScriptProblem problem)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        ProblemText.Write(text, Plain, label, problem);
        return text.ToString();
    }

    private static string Count(int problems) => $"{(problems == 1 ? "1 problem" : $"{problems} problems")} in the migrations; nothing was synthesised.";
}
