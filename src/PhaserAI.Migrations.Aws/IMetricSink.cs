namespace PhaserAI.Migrations.Aws;

/// <summary>What takes metrics to CloudWatch.</summary>
internal interface IMetricSink : IDisposable
{
    /// <summary>Writes or sends them, as values of this moment.</summary>
    /// <exception cref="AwsAccessException">They could not be sent.</exception>
    Task WriteAsync(IReadOnlyList<Metric> metrics, CancellationToken cancellationToken);
}
