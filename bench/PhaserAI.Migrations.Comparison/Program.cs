using System.Globalization;
using PhaserAI.Migrations.Comparison;
using PhaserAI.Migrations.Comparison.Measuring;
using PhaserAI.Migrations.Comparison.Reporting;
using PhaserAI.Migrations.Comparison.Workload;

switch (args)
{
    case ["generate", var count, var folder, .. var rest]:
        MigrationFormat.All[rest.FirstOrDefault() ?? "guide"](MigrationGenerator.Generate(int.Parse(count, CultureInfo.InvariantCulture)), folder);
        return 0;

    // Called by scripts/bench.sh; the facts about the machine come on standard input
    case ["run", "full" or "quick", var port, var programs, var work, var micro, var command]:
        var tools = new Tools(int.Parse(port, CultureInfo.InvariantCulture), programs, work);
        var comparison = new Comparison(tools, args[1] == "full" ? ComparisonSize.Full : ComparisonSize.Quick, Console.Error.WriteLine);
        var facts = await Console.In.ReadToEndAsync();
        Console.Write(ResultsPage.Write(await comparison.RunAsync(CancellationToken.None), MicroResults.Read(micro), command, facts));
        return 0;

    case ["backup", var megabytes, var port, var programs, var work, var command]:
        var backupTools = new Tools(int.Parse(port, CultureInfo.InvariantCulture), programs, work);
        var backups = new BackupRace(backupTools, new Race(backupTools, Console.Error.WriteLine), new BenchServer(backupTools), new Contenders(backupTools));
        var about = await Console.In.ReadToEndAsync();
        Console.Write(ResultsPage.Write(await backups.RunAsync(int.Parse(megabytes, CultureInfo.InvariantCulture), CancellationToken.None), command, about));
        return 0;

    default:
        Console.Error.WriteLine($"usage: generate N FOLDER [{string.Join('|', MigrationFormat.All.Keys)}]");
        return 2;
}
