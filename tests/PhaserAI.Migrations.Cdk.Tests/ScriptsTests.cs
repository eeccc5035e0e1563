using Xunit;

namespace PhaserAI.Migrations.Cdk.Tests;

/// <summary>What the template says of the migrations, and that none is made of migrations with an error.</summary>
public sealed class ScriptsTests
{
    private const string Good = "-- UP\nCREATE TABLE t (id int);\n-- DOWN\n-- DROP TABLE t;\n";

    [Fact]
    public void An_error_in_a_script_fails_with_its_place()
    {
        using var function = new BuiltFunction().With("20250101_000000_a.sql", Good).With("20250102_000000_b.sql", "-- UP\nCREATE TABLE u (\n  name text DEFAULT 'never closed\n);\n");
        var failure = Assert.Throws<SynthesisException>(() => SynthesizedSystem.Of("dev", function));
        Assert.Contains("error: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"--> {Path.Combine(function.Sources, "20250102_000000_b.sql")}:3:21\n", failure.Message, StringComparison.Ordinal);
        Assert.Contains("   = next: ", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("20250101_000000_a.sql", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_statement_that_can_not_run_where_it_stands_fails()
    {
        using var function = new BuiltFunction().With("20250101_000000_a.sql", "-- UP\nBEGIN;\nCREATE INDEX CONCURRENTLY i ON t (id);\nCOMMIT;\n");
        Assert.Contains("20250101_000000_a.sql:3:1\n", Assert.Throws<SynthesisException>(() => SynthesizedSystem.Of("dev", function)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_migration_at_all_fails()
    {
        using var function = new BuiltFunction();
        Assert.Contains("there is no migration in", Assert.Throws<SynthesisException>(() => SynthesizedSystem.Of("dev", function)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_migrations_packed_than_reviewed_fail()
    {
        using var function = new BuiltFunction().With("20250101_000000_a.sql", Good);
        File.WriteAllText(Path.Combine(function.Sources, "20250102_000000_b.sql"), Good);
        Assert.Contains("holds other migrations than", Assert.Throws<SynthesisException>(() => SynthesizedSystem.Of("dev", function)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_function_that_is_not_built_fails()
    {
        using var function = new BuiltFunction().With("20250101_000000_a.sql", Good);
        File.Delete(Path.Combine(function.Folder, "bootstrap"));
        Assert.Contains("the function is not built", Assert.Throws<SynthesisException>(() => SynthesizedSystem.Of("dev", function)).Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(function.Folder, "bootstrap"), "#!/bin/sh\necho a script is no program\n");
        Assert.Contains("no Linux program for x86-64 or ARM64", Assert.Throws<SynthesisException>(() => SynthesizedSystem.Of("dev", function)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("staging")]
    [InlineData("prod")]
    public void Where_the_server_must_prove_itself_certificates_must_be_packed(string environment)
    {
        using var function = new BuiltFunction(certificates: false).With("20250101_000000_a.sql", Good);
        Assert.Contains("global-bundle.pem is missing", Assert.Throws<SynthesisException>(() => SynthesizedSystem.Of(environment, function)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_environment_fails_with_those_there_are()
    {
        using var function = new BuiltFunction().With("20250101_000000_a.sql", Good);
        Assert.Contains("dev, test, staging or prod", Assert.Throws<SynthesisException>(() => SynthesizedSystem.Of("preview", function)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_hash_is_of_the_scripts_and_of_nothing_else()
    {
        var (one, two) = (new BuiltFunction(), new BuiltFunction(certificates: false));
        using (one)
        using (two)
        {
            one.With("20250101_000000_a.sql", Good);
            two.With("20250101_000000_a.sql", Good.Replace("\n", "\r\n", StringComparison.Ordinal));
            File.WriteAllText(Path.Combine(two.Sources, "README.md"), "about these files");
            Assert.Equal(Hash(one), Hash(two));

            two.With("20250102_000000_b.sql", Good.Replace(" t", " u", StringComparison.Ordinal));
            Assert.NotEqual(Hash(one), Hash(two));
            one.With("20250102_000000_c.sql", Good.Replace(" t", " u", StringComparison.Ordinal));
            Assert.NotEqual(Hash(one), Hash(two));
        }
    }

    private static string Hash(BuiltFunction function) => MigrationScripts.Read(function.Sources, "dev").Hash;
}
