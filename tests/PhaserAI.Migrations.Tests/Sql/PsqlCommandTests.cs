using System.Text;
using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Sql;
using PhaserAI.Migrations.Tests.Planning;
using PhaserAI.Migrations.Tests.Scripts;
using Xunit;

namespace PhaserAI.Migrations.Tests.Sql;

/// <summary>Which of psql's commands do nothing here, and which are refused before anything runs.</summary>
public sealed class PsqlCommandTests
{
    [Theory]
    [InlineData(@"\timing on")]
    [InlineData(@"\echo 'it\'s' ""x\y""")]
    [InlineData(@"\echo `not run`", "backquotes")]
    [InlineData(@"\echo 'open", "never ends")]
    [InlineData(@"\restrict ab12CD")]
    [InlineData(@"\unrestrict ab12CD")]
    [InlineData(@"\pset format unaligned")]
    [InlineData(@"\x auto")]
    [InlineData(@"\t \a \pset null '<\\>'")]
    [InlineData(@"\t \! date", @"behind \t, \! is not read")]
    [InlineData(@"\t \\ SELECT 1;", @"behind \t, SQL is not read")]
    [InlineData(@"\t \set x 1", @"behind \t, \set is not read")]
    [InlineData(@"\dt+ public.*")]
    [InlineData(@"\o")]
    [InlineData(@"\o /dev/null")]
    [InlineData(@"\o out.txt", "write to a file")]
    [InlineData(@"\o |less", "write to a file")]
    [InlineData(@"\encoding")]
    [InlineData(@"\encoding utf-8")]
    [InlineData(@"\encoding 'LATIN1'", "LATIN1")]
    [InlineData(@"\c")]
    [InlineData(@"\connect -")]
    [InlineData(@"\connect name;")]
    [InlineData(@"\connect ""Odd Name"" - - -")]
    [InlineData(@"\connect - someone", "another user")]
    [InlineData(@"\connect name - host", "another user")]
    [InlineData(@"\connect ""host=x dbname=y""", "another user")]
    [InlineData(@"\connect postgres://x/y", "another user")]
    [InlineData(@"\q", "would not run")]
    [InlineData(@"\if true", "only during the run")]
    [InlineData(@"\endif", "only during the run")]
    [InlineData(@"\copy t from x", "files of the client")]
    [InlineData(@"\! date", "run a program")]
    [InlineData(@"\.", "ends no data")]
    [InlineData(@"\gset", "only during the run")]
    [InlineData(@"\watch 1", "a way of its own")]
    [InlineData(@"\; SELECT 1", "two statements as one")]
    [InlineData(@"\cd /tmp", "not supported")]
    [InlineData(@"\w file", "not supported")]
    [InlineData(@"\prompt 'x' y", "asks a person")]
    [InlineData(@"\lo_import 'x'", "files of the client")]
    [InlineData(@"\password", "asks a person")]
    [InlineData(@"\getenv x Y", "depend on the machine")]
    [InlineData(@"\nonsense", "not supported")]
    public void Command_is_harmless_or_refused(string command, string? refused = null)
    {
        var problems = Planned.Steps($"SELECT 1;\n{command}\nSELECT 2;\n").Problems;

        Assert.Equal(refused is null ? 0 : 1, problems.Length);
        Assert.All(problems, problem => Assert.Contains(refused!, problem.Message, StringComparison.Ordinal));
        Assert.All(problems, problem => Assert.Equal(2, problem.Line));
    }

    [Theory]
    [InlineData(@"\c", null)]
    [InlineData(@"\connect -", null)]
    [InlineData(@"\connect mine", "mine")]
    [InlineData(@"\connect ""My Db"" -", "My Db")]
    [InlineData(@"\connect -reuse-previous=on ""dbname='it\'s \\ odd'""", @"it's \ odd")]
    [InlineData(@"\timing", null)]
    public void Database_of_connect_is_read_as_pg_dump_writes_it(string command, string? database)
    {
        var text = Encoding.UTF8.GetBytes(command);

        Assert.Equal(database, PsqlCommand.DatabaseOf(text, StatementSplitter.Split(text, 0, text.Length).Statements[0]));
    }

    [Fact]
    public void Another_database_is_refused()
    {
        var section = Parsed.Script("\\connect mine\n\\connect yours\n").Up;

        Assert.Empty(OtherDatabase.Find(section, null));
        Assert.Equal((2, @"\connect goes on in database yours, and the migration runs on mine"), OtherDatabase.Find(section, "mine").Select(problem => (problem.Line, problem.Message)).Single());
    }
}
