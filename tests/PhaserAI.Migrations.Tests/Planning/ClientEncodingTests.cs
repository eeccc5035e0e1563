using System.Text;
using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Scripts;
using Xunit;

namespace PhaserAI.Migrations.Tests.Planning;

/// <summary>A script that claims another encoding than the one it is sent in is refused.</summary>
public sealed class ClientEncodingTests
{
    [Theory]
    [InlineData("SET client_encoding = 'LATIN1'")]
    [InlineData("SET LOCAL Client_Encoding TO win1252")]
    [InlineData("SET SESSION \"client_encoding\" = SQL_ASCII")]
    [InlineData("SET NAMES 'LATIN1'")]
    [InlineData("SELECT pg_catalog.set_config('client_encoding', 'LATIN1', false)")]
    public void Another_encoding_is_refused(string sql) => Assert.Single(Find(sql));

    [Theory]
    [InlineData("SET client_encoding = 'UTF8'")]
    [InlineData("SET client_encoding TO 'utf-8'")]
    [InlineData("SET NAMES unicode")]
    [InlineData("SET client_encoding TO DEFAULT")]
    [InlineData("SET search_path = 'LATIN1'")]
    [InlineData("SELECT set_config('search_path', 'LATIN1', false)")]
    public void The_own_encoding_is_not(string sql) => Assert.Empty(Find(sql));

    private static IEnumerable<ScriptProblem> Find(string sql) =>
        ClientEncoding.Find(ScriptParser.Parse(new SourceText("a.sql", Encoding.UTF8.GetBytes(sql + ";\n"))).Up);
}
