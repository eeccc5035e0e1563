using System.Text;
using BenchmarkDotNet.Attributes;
using PhaserAI.Migrations.Comparison.Workload;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Benchmarks;

/// <summary>Cutting SQL into tokens and statements, on one core.</summary>
public class LexerBenchmarks
{
    private const int Size = 8 * 1024 * 1024;

    // Larger than the caches of a core, as a script that is read for the first time is not in them either
    private static readonly byte[] Migrations = Repeat(string.Concat(MigrationGenerator.Generate(1000).Select(MigrationFormat.Guide)));

    private static readonly byte[] Inserts = Repeat(string.Concat(Enumerable.Range(1, 1000).Select(number =>
        $"INSERT INTO word (id, code, name) VALUES ({number}, 'C-{number}', 'A name that is a sentence, {number} of them');\n")));

    [Benchmark(Description = "Lex migrations"), Bytes(Size)]
    public int LexMigrations() => Lex(Migrations);

    [Benchmark(Description = "Lex single-row INSERTs"), Bytes(Size)]
    public int LexInserts() => Lex(Inserts);

    [Benchmark(Description = "Split migrations into statements"), Bytes(Size)]
    public int SplitMigrations() => StatementSplitter.Split(Migrations, 0, Migrations.Length).Statements.Length;

    [Benchmark(Description = "Split single-row INSERTs"), Bytes(Size)]
    public int SplitInserts() => StatementSplitter.Split(Inserts, 0, Inserts.Length).Statements.Length;

    private static int Lex(byte[] text)
    {
        var lexer = new SqlLexer(text, 0, text.Length, standardConformingStrings: true);
        var tokens = 0;
        while (lexer.TryRead(out _))
            tokens++;
        return tokens;
    }

    private static byte[] Repeat(string text)
    {
        var once = Encoding.UTF8.GetBytes(text);
        var all = new byte[Size];
        for (var start = 0; start < Size; start += once.Length)
            once.AsSpan(0, Math.Min(once.Length, Size - start)).CopyTo(all.AsSpan(start));
        return all;
    }
}
