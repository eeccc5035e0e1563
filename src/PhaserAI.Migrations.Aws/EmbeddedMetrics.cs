using System.Text;
using System.Text.Json;

namespace PhaserAI.Migrations.Aws;

/// <summary>
/// Metrics in lines of the log, which CloudWatch Logs finds there (CloudWatch user guide, "Specification: Embedded metric
/// format"). Nothing is sent, so nothing has to be allowed or reached.
/// </summary>
/// <param name="log">Where the lines of the log go; it may be used by several threads.</param>
/// <param name="source">Whose metrics they are.</param>
/// <param name="clock">The clock.</param>
internal sealed class EmbeddedMetrics(TextWriter log, MetricSource source, TimeProvider clock) : IMetricSink
{
    private const int MostInDocument = 100; // the specification's

    public Task WriteAsync(IReadOnlyList<Metric> metrics, CancellationToken cancellationToken)
    {
        foreach (var some in metrics.Chunk(MostInDocument))
            log.WriteLine(Line(some));
        return Task.CompletedTask;
    }

    public void Dispose() => log.Flush();

    private string Line(Metric[] metrics)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteStartObject("_aws"u8);
            json.WriteNumber("Timestamp"u8, clock.GetUtcNow().ToUnixTimeMilliseconds());
            json.WriteStartArray("CloudWatchMetrics"u8);
            WriteDirective(json, metrics);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteString(MetricSource.Dimension, source.Environment);
            // Properties, which are no dimensions: for whoever looks through the log.
            json.WriteString("event"u8, "metrics"u8);
            json.WriteString("command"u8, source.Command);
            foreach (var metric in metrics)
                json.WriteNumber(metric.Name, metric.Value);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length);
    }

    private void WriteDirective(Utf8JsonWriter json, Metric[] metrics)
    {
        json.WriteStartObject();
        json.WriteString("Namespace"u8, source.Namespace);
        json.WriteStartArray("Dimensions"u8);
        json.WriteStartArray();
        json.WriteStringValue(MetricSource.Dimension);
        json.WriteEndArray();
        json.WriteEndArray();
        json.WriteStartArray("Metrics"u8);
        foreach (var metric in metrics)
        {
            json.WriteStartObject();
            json.WriteString("Name"u8, metric.Name);
            json.WriteString("Unit"u8, metric.Unit);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
