using System.Collections.Immutable;
using Xunit;

namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>How each block of the guide is run. What the tests run and what docs/reference/guide-blocks.md says come from here.</summary>
internal static class GuideRuns
{
    private const string Dev = "In a fresh clone with nothing configured, on the development database that the tool brings. ";
    private const string Database = "`your-db` with the database `database` of `user`; the tool finds the same one by `DB_HOST`, `DB_NAME` and `DB_USER`. ";
    private const string Prod = "At a terminal, where the database's name is typed when the tool asks for it. ";
    private const string Placeholder = "a placeholder: PostgreSQL refuses it with a syntax error (42601). The test shows that `up` refuses the literal block at its place and leaves no trace";

    public static ImmutableArray<GuideRun> All { get; } =
    [
        new(1, Dev + "`infra/package.json` is the repository's, npm is real."),
        new(2, Dev + "Where production is stands in `migrate.toml`. " + Prod),
        new(3, "The file is there with such a name; `status` shows it as pending, and `up` refuses it as long as nothing is written into it."),
        new(4, "Not a command: the names of the examples below it, and of the repository's migrations, are compared with it."),
        new(5, "As the file `20250104_100000_add_new_feature.sql`, which is the version that it records itself; `up`, then `down`."),
        new(6, Dev + "`vim` is a program of the test, which writes an ALTER TABLE and its DOWN into the empty file that it is given."),
        new(7, "After the block before it, in the same clone."),
        new(8, "After the block before it, in the same clone."),
        new(9, Prod + "The bucket is in moto. Also without a terminal, where it is refused, and with a bucket that refuses, where nothing is changed."),
        new(10, "`cdk` is a program of the test, as there is no AWS to deploy to: it is called in `infra/` with `deploy --all`, and ends as the stack ends. The stack's custom resource is real: its "
            + "Create event goes to the function in the Lambda emulator, which migrates in prod and answers. That the CDK's own program makes the stacks out of `infra/` is tested by `npx cdk synth --all` in tests/PhaserAI.Migrations.Cdk.Tests."),
        new(11, "In the same clone, when only the first migration is applied."),
        new(12, "In the same clone, when later ones are applied too."),
        new(13, "In the same clone, when two are applied."),
        new(14, "TLS verify-full. With the certificate of another authority it is refused."),
        new(15, Prod + "The bucket is in moto, the backup is in it afterwards."),
        new(16, "The function is the built program in the Lambda emulator, in prod: its secret is in moto, and so is the snapshot of RDS made before."),
        new(17, "After the block before it. Once more with a function that fails, for which `aws` returns 0 and says so in its output."),
        new(18, "In a migration, which changes nothing and is recorded."),
        new(19, "In two migrations, of which the second changes nothing.", new Substitution("new_table (...)", "new_table (id INTEGER)", Placeholder),
            new Substitution("table(column)", "existing_table(new_column)", Placeholder + "; `table` and `column` are reserved words")),
        new(20, "In a migration, on 2,500 words."),
        new(21, "In two migrations with the names that its comments say."),
        new(22, "In a migration, on 2,500 words without a difficulty: three batches, each with its notice."),
        new(23, "In one migration: the first index is built concurrently, the second is then there already."),
        new(24, "In a migration."),
        new(25, "`user` may read production and is a member of its owner. `prod-db` and `test-db` are names of one PostgreSQL; where the tool finds the copy stands in `migrate.toml`."),
        new(26, "In a migration; the plan is shown."),
        new(27, Database + "The migration has failed before, and has been mended."),
        new(28, Database + "The migration is applied."),
        new(29, Database + "The migration is applied. Its first command does not work anywhere: GNU grep takes `-- DOWN:` for an option of its own, says so and ends with 2, as it needs `grep -A 20 -e \"-- DOWN:\"`. What "
            + "follows runs as when it is typed."),
        new(30, "A backup that the tool has made before is in the bucket in moto under the guide's name; the database holds the same afterwards, table by table."),
        new(31, Database + "The two migrations are applied; `status`, `up`, `reset-history` and `validate` are content afterwards."),
        new(32, "The step's `run` with its `env`, the secrets put in and `CI` set, as GitHub does. actionlint has one finding in the workflow: "
            + "`actions/checkout@v3` is of a former version (today: v4 or newer)."),
    ];

    /// <summary>A block as it runs; the running test has then run it.</summary>
    public static string TextOf(int block)
    {
        RunsBlocksAttribute.Note(block);
        var text = GuidePage.Blocks[block - 1].Text;
        foreach (var substitution in All[block - 1].Substitutions)
        {
            Assert.Contains(substitution.From, text, StringComparison.Ordinal);
            text = text.Replace(substitution.From, substitution.To, StringComparison.Ordinal);
        }

        return text;
    }
}
