using System.Text;
using System.Text.Json;
using Xunit;

namespace PhaserAI.Migrations.Tests.Aws;

/// <summary>
/// Reads a line as CloudWatch Logs does, and fails where it would not: the rules of "Specification: Embedded metric format"
/// in the CloudWatch user guide, its JSON schema and its text.
/// </summary>
internal sealed record EmbeddedFormat(string Namespace, IReadOnlyDictionary<string, string> Dimensions, IReadOnlyDictionary<string, double> Values, IReadOnlyDictionary<string, string> Units)
{
    private static readonly string[] KnownUnits =
    [
        "Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits",
        "Percent", "Count", "Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second", "Bits/Second", "Kilobits/Second",
        "Megabits/Second", "Gigabits/Second", "Terabits/Second", "Count/Second", "None",
    ];

    /// <summary>The lines of metrics among others.</summary>
    public static EmbeddedFormat[] ReadAll(string log) =>
        [.. log.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.Contains("\"_aws\"", StringComparison.Ordinal)).Select(Read)];

    public static EmbeddedFormat Read(string line)
    {
        Assert.True(Encoding.UTF8.GetByteCount(line) <= 256 * 1024, "an event of a log has at most 256 kB");
        using var document = JsonDocument.Parse(line);
        var root = document.RootElement;
        Assert.Equal(JsonValueKind.Object, root.ValueKind);
        Assert.Equal(root.EnumerateObject().Count(), root.EnumerateObject().Select(member => member.Name).Distinct(StringComparer.Ordinal).Count());
        var aws = root.GetProperty("_aws");
        Assert.Equal(["CloudWatchMetrics", "Timestamp"], Names(aws));
        Assert.True(aws.GetProperty("Timestamp").TryGetInt64(out var time) && Math.Abs(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - time) < 14L * 24 * 3600 * 1000, "milliseconds since 1970, not two weeks ago");
        var directive = Assert.Single(aws.GetProperty("CloudWatchMetrics").EnumerateArray());
        Assert.Equal(["Dimensions", "Metrics", "Namespace"], Names(directive));
        return new EmbeddedFormat(
            Text(directive.GetProperty(nameof(Namespace)), 1024),
            DimensionsOf(root, directive.GetProperty(nameof(Dimensions))),
            MetricsOf(root, directive.GetProperty("Metrics"), out var units),
            units);
    }

    public double this[string metric] => Values[metric];

    private static Dictionary<string, string> DimensionsOf(JsonElement root, JsonElement sets)
    {
        var set = Assert.Single(sets.EnumerateArray());
        Assert.InRange(set.GetArrayLength(), 0, 30);
        // "The value of a dimension target MUST be a string" of at most 1024 characters.
        return set.EnumerateArray().Select(name => Text(name, 250)).ToDictionary(name => name, name => Text(root.GetProperty(name), 1024), StringComparer.Ordinal);
    }

    private static Dictionary<string, double> MetricsOf(JsonElement root, JsonElement definitions, out Dictionary<string, string> units)
    {
        Assert.InRange(definitions.GetArrayLength(), 1, 100);
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        units = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var definition in definitions.EnumerateArray())
        {
            Assert.Empty(Names(definition).Except(["Name", "Unit", "StorageResolution"], StringComparer.Ordinal));
            var name = Text(definition.GetProperty("Name"), 1024);
            units.Add(name, definition.GetProperty("Unit").GetString()!);
            Assert.Contains(units[name], KnownUnits);
            Assert.Equal(JsonValueKind.Number, root.GetProperty(name).ValueKind);
            values.Add(name, root.GetProperty(name).GetDouble());
        }

        return values;
    }

    private static string Text(JsonElement element, int longest)
    {
        var text = element.GetString()!;
        Assert.InRange(text.Length, 1, longest);
        Assert.False(string.IsNullOrWhiteSpace(text));
        return text;
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal);
}
