using System.Collections.Immutable;
using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Tests.Scripts;
using Xunit;

namespace PhaserAI.Migrations.Tests.Planning;

public sealed class SelfRecordingTests
{
    [Theory]
    [InlineData("INSERT INTO schema_migrations (version)\nVALUES ('20250101_000002');")]
    [InlineData("INSERT INTO public.schema_migrations VALUES (\n'20250101_000002');")]
    [InlineData("INSERT INTO \"schema_migrations\" AS m VALUES (\n'20250101_000002');")]
    [InlineData("insert into SCHEMA_MIGRATIONS select\n$$20250101_000002$$;")]
    [InlineData("DELETE FROM ONLY schema_migrations WHERE version =\n'20250101_000002';")]
    [InlineData("DELETE FROM a.\"schema_migrations\" WHERE version IN ('20250101_000001',\n'20250101_000002');")]
    public void Foreign_version_is_refused_with_its_place(string sql)
    {
        var problem = Assert.Single(Find(sql));

        Assert.Equal(2, problem.Line);
        Assert.Contains("20250101_000002", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INSERT INTO schema_migrations (version) VALUES ('20250101_000001') ON CONFLICT DO NOTHING;")]
    [InlineData("DELETE FROM schema_migrations WHERE version = '20250101_000001';")]
    [InlineData("INSERT INTO other VALUES ('20250101_000002');")]
    [InlineData("INSERT INTO \"Schema_Migrations\" VALUES ('20250101_000002');")]
    [InlineData("INSERT INTO schema_migrations.other VALUES ('20250101_000002');")]
    [InlineData("SELECT '20250101_000002' FROM schema_migrations;")]
    [InlineData("INSERT INTO schema_migrations (version, description) VALUES ('20250101_000001', 'as in 20250101_000002');")]
    [InlineData("INSERT INTO schema_migrations (version) VALUES ('20250101_000001') /* '20250101_000002' */;")]
    public void Own_version_and_other_tables_are_fine(string sql) => Assert.Empty(Find(sql));

    [Theory]
    [InlineData("TRUNCATE schema_migrations;")]
    [InlineData("TRUNCATE TABLE ONLY public.schema_migrations RESTART IDENTITY CASCADE;")]
    [InlineData("TRUNCATE a, \"schema_migrations\" *, b;")]
    [InlineData("TRUNCATE schema_migrations_detail;")]
    [InlineData("DELETE FROM schema_migrations;")]
    [InlineData("DELETE FROM ONLY s.schema_migrations AS m USING (SELECT 1 WHERE true) x RETURNING *;")]
    public void What_would_empty_the_history_is_refused_in_UP(string sql)
    {
        var problem = Assert.Single(Planned.Up(Planned.Scripts("SELECT 1;\n" + sql), Planned.History()).Problems);

        Assert.Equal((2, 1), (problem.Line, problem.Column));
        Assert.Contains("would empty the history", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TRUNCATE a, schema_migrations.b;")]
    [InlineData("DELETE FROM schema_migrations WHERE version = '20250101_000001';")]
    [InlineData("DELETE FROM a; SELECT 'TRUNCATE schema_migrations';")]
    [InlineData("SELECT 1;\n-- DOWN:\n-- DELETE FROM schema_migrations;")]
    public void What_leaves_it_is_not(string sql) => Assert.Empty(Planned.Up(Planned.Scripts(sql), Planned.History()).Problems);

    [Fact]
    public void Down_of_a_forgotten_template_is_refused_by_down_and_found_by_up()
    {
        var scripts = Planned.Scripts("SELECT 1;\n-- DOWN:\n-- DELETE FROM schema_migrations WHERE version = '20250101_000009';\n");

        Assert.Equal((3, 50), (Planned.Down(scripts, Planned.History(scripts.Scripts), Planned.V(1)).Problems[0].Line, Planned.Up(scripts, Planned.History()).Findings[0].Column));
        Assert.Empty(Planned.Up(scripts, Planned.History()).Problems);
    }

    private static ImmutableArray<ScriptProblem> Find(string sql) =>
        SelfRecording.FindForeignVersions(Parsed.Script(sql).Up, Planned.Version("20250101_000001"));
}
