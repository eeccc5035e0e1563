using PhaserAI.Migrations.Aws;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Metrics;

/// <summary>Where metrics go, as the settings say.</summary>
internal static class MetricSinks
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Null when nobody wants metrics.</summary>
    /// <exception cref="UsageException">A setting can't be used.</exception>
    public static IMetricSink? Open(CliHost host, CliSettings settings, string command)
    {
        var kind = settings.Reader.GetChoice(KnownSettings.Metrics);
        if (kind is null or "none")
            return null;
        var name = settings.Reader.Get(KnownSettings.MetricsNamespace) ?? settings.Reader.DefaultOf(KnownSettings.MetricsNamespace)!;
        if (!MetricSource.IsNamespace(name))
        {
            throw new UsageException(
                $"{settings.Reader.SourceOf(KnownSettings.MetricsNamespace)} is \"{name}\", which is no namespace of metrics",
                "Use letters, digits and . _ - / # : or space, up to 255 of them; AWS/ and : can't come first.");
        }

        var source = new MetricSource(name, settings.Rules.Name, command);
        return kind is "emf"
            ? new EmbeddedMetrics(host.Error, source, host.TimeProvider)
            : new CloudWatchMetrics(new AwsAccess(host.Variable), source, host.TimeProvider, Patience);
    }
}
