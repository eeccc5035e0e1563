namespace PhaserAI.Migrations.Aws;

/// <summary>A value of a metric of CloudWatch.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Unit">One of CloudWatch's units: Count, Seconds, Milliseconds, Bytes …</param>
/// <param name="Value">The value.</param>
internal readonly record struct Metric(string Name, string Unit, double Value);
