using System.Reflection;
using System.Text;

namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>docs/reference/guide-blocks.md, made from what the tests do.</summary>
internal static class GuideBlocksPage
{
    public static string Text()
    {
        var tests = typeof(GuideBlocksPage).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .SelectMany(method => method.GetCustomAttribute<RunsBlocksAttribute>()?.Blocks.Select(block => (Block: block, Test: method.DeclaringType!.Name)) ?? [])
            .ToLookup(run => run.Block, run => run.Test);
        var runs = GuideRuns.All.Select(run => (Run: run, Block: GuidePage.Blocks[run.Block - 1])).ToArray();
        var commands = runs.Where(run => run.Block.Language.Length > 0).ToArray();
        var page = new StringBuilder();
        page.Append($"""
            # The migration guide, run

            <!-- Made from tests/PhaserAI.Migrations.Tests/Guide/GuideRuns.cs. After a change there:
                 MIGRATE_TEST_REWRITE=1 ./scripts/test.sh -class '*GuideBlocksTests' -->

            PhaserAI's migration guide is [test data](../../tests/PhaserAI.Migrations.Tests/Guide/guide.md) of this repository, word for word, and the tests run what they cut
            out of it. Of its {runs.Length} fenced blocks, {Count(commands, "bash")} are bash, {Count(commands, "sql")} SQL, {Count(commands, "yaml")} YAML and {runs.Length - commands.Length} is a pattern for names.

            * Run literally: **{commands.Count(run => run.Run.Substitutions.IsEmpty)}** of {commands.Length}.
            * Run with a word replaced: **{commands.Count(run => !run.Run.Substitutions.IsEmpty)}**. Every such word is in the table, with the reason.
            * Run by nobody: **{runs.Count(run => !tests.Contains(run.Run.Block))}**. A test fails when there is one.

            ## What is around them

            bash is real, and stops at the first command that fails. It runs in a clone with `scripts/migrate.sh`, `infra/package.json` and the repository's migrations;
            `PHASERAI_MIGRATE` names the tool under test. The guide's hosts are looked up by nss_wrapper and lead to a PostgreSQL of the test's with TLS, whose
            certificate is for these names; its authority's certificate is in `infra/certs/global-bundle.pem`. The port is in `PGPORT`, and a password that the guide does not set in
            `~/.pgpass`. The tool gives pg_dump an environment of its own, so a program before it tells it where the hosts are. S3, Secrets Manager and RDS are moto, Lambda is an emulator that runs the built function; `aws` is the real one and finds them by
            `AWS_ENDPOINT_URL`. SQL runs in files that `up` applies.

            ## Block by block

            | Block | Section | Language | Run | Replaced, and why | Around it | Test |
            |---|---|---|---|---|---|---|

            """);
        foreach (var (run, block) in runs)
        {
            page.Append($"| {block.Number} | {block.Section} | {(block.Language.Length == 0 ? "none" : block.Language)} | ")
                .Append(block.Language.Length == 0 ? "compared" : run.Substitutions.IsEmpty ? "literally" : "with words replaced")
                .Append(" | ").AppendJoin("; ", run.Substitutions.Select(word => $"`{word.From}` by `{word.To}`: {word.Reason}"))
                .Append(" | ").Append(run.Around.TrimEnd())
                .Append(" | ").AppendJoin(", ", tests[run.Block].Distinct(StringComparer.Ordinal))
                .AppendLine(" |");
        }

        return page.ToString().ReplaceLineEndings("\n");
    }

    private static int Count(IEnumerable<(GuideRun Run, GuideBlock Block)> runs, string language) => runs.Count(run => run.Block.Language == language);
}
