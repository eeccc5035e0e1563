using System.Collections.Immutable;
using System.Text;
using PhaserAI.Migrations.Comparison.Measuring;

namespace PhaserAI.Migrations.Comparison;

/// <summary>One migration of many MB: rows by COPY, and rows by an INSERT each.</summary>
internal sealed class BigScripts(Tools tools, Race race, BenchServer server, Contenders contenders)
{
    public const string CopyTitle = "a script with COPY", InsertTitle = "a script of INSERTs";

    private const string Database = "bench_big";

    public async Task<ImmutableArray<ScenarioResult>> RunAsync(int megabytes, CancellationToken cancellationToken) =>
    [
        await RunAsync(CopyTitle, megabytes, "COPY big (id, code, name) FROM stdin;\n", number => $"{number}\tC-{number}\t{Name(number)}\n", "\\.\n", cancellationToken),
        await RunAsync(InsertTitle, megabytes, "", number => $"INSERT INTO big (id, code, name) VALUES ({number}, 'C-{number}', '{Name(number)}');\n", "", cancellationToken),
    ];

    private async Task<ScenarioResult> RunAsync(string title, int megabytes, string before, Func<int, string> line, string after, CancellationToken cancellationToken)
    {
        var folder = tools.WorkFile("big");
        var file = Path.Combine(folder, "20250101_000000_big.sql");
        Directory.CreateDirectory(folder);
        await WriteAsync(file, megabytes, before, line, after);
        var result = await race.RunAsync(
            new Scenario($"{megabytes} MB: {title}", 1, 0,
            [
                new Entrant(Contenders.Ours, 1, CreateAsync, port => contenders.OurCall(new Place(port, Database, folder), "up")),
                new Entrant(Contenders.Psql, 1, CreateAsync, port => contenders.PsqlCall(new Place(port, Database, folder), file)),
            ])
            {
                IsWarm = true,
            },
            cancellationToken);
        File.Delete(file);
        return result;
    }

    private static string Name(int number) => $"Row {number}: a name that is a sentence, so that a line has about the length that lines of such files have in real life";

    private Task CreateAsync(CancellationToken cancellationToken) => server.CreateDatabaseAsync(Database, null, cancellationToken);

    private static async Task WriteAsync(string file, int megabytes, string before, Func<int, string> line, string after)
    {
        var writer = new StreamWriter(file, append: false, new UTF8Encoding(false), bufferSize: 1 << 20);
        await using (writer)
        {
            await writer.WriteAsync($"BEGIN;\nCREATE TABLE big (id bigint, code text, name text);\n{before}");
            var size = 0L;
            for (var number = 1; size < megabytes * 1024L * 1024; number++)
            {
                var text = line(number);
                size += text.Length;
                await writer.WriteAsync(text);
            }

            await writer.WriteAsync($"{after}COMMIT;\n");
        }
    }
}
