namespace PhaserAI.Migrations.Comparison.Measuring;

/// <summary>What one run of a program took: of the client alone, not of the server.</summary>
internal sealed record Measurement(double WallMs, double CpuMs, double PeakMb, int ExitCode)
{
    /// <summary>The exit code of a program that was killed because it took too long.</summary>
    public const int TookTooLong = 137;
}
