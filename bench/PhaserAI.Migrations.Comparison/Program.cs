using System.Globalization;
using PhaserAI.Migrations.Comparison.Workload;

if (args is not ["generate", var count, var folder, ..])
{
    Console.Error.WriteLine($"usage: generate N FOLDER [{string.Join('|', MigrationFormat.All.Keys)}]");
    return 2;
}

MigrationFormat.All[args.ElementAtOrDefault(3) ?? "guide"](MigrationGenerator.Generate(int.Parse(count, CultureInfo.InvariantCulture)), folder);
return 0;
