namespace PhaserAI.Migrations;

/// <summary>What OpenTelemetry is told to listen to. The names of spans, instruments and attributes: docs/metrics.md.</summary>
public static class MigrationTelemetry
{
    /// <summary>The name of the ActivitySource and of the Meter: for <c>AddSource</c> and <c>AddMeter</c>.</summary>
    public const string Name = "PhaserAI.Migrations";
}
