namespace PhaserAI.Migrations.Aws;

/// <summary>Whose metrics they are.</summary>
/// <param name="Namespace">Their namespace in CloudWatch.</param>
/// <param name="Environment">The one dimension that they have.</param>
/// <param name="Command">The command that was called; where there are properties besides.</param>
internal sealed record MetricSource(string Namespace, string Environment, string Command)
{
    /// <summary>The dimension's name.</summary>
    public const string Dimension = "Environment";

    /// <summary>Whether CloudWatch takes a namespace (PutMetricData, "Namespace"): what begins with AWS/ is its own.</summary>
    public static bool IsNamespace(string name) =>
        name.Length is > 0 and <= 255 && name[0] != ':' && !name.StartsWith("AWS/", StringComparison.Ordinal)
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || "._-/#: ".Contains(letter, StringComparison.Ordinal)) && !string.IsNullOrWhiteSpace(name);
}
