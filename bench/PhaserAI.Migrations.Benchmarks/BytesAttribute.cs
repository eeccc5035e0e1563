namespace PhaserAI.Migrations.Benchmarks;

/// <summary>How many bytes a benchmark goes through, for its speed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BytesAttribute(long count) : Attribute
{
    public long Count { get; } = count;
}
