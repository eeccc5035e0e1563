namespace PhaserAI.Migrations.Cdk.Tests;

/// <summary>The system of this repository in two environments, each made once for all tests.</summary>
public sealed class Systems : IDisposable
{
    private readonly Lazy<SynthesizedSystem> _dev = new(() => SynthesizedSystem.Of("dev"));
    private readonly Lazy<SynthesizedSystem> _prod = new(() => SynthesizedSystem.Of("prod"));

    internal SynthesizedSystem Dev => _dev.Value;

    internal SynthesizedSystem Prod => _prod.Value;

    internal SynthesizedSystem this[string environment] => environment == "prod" ? Prod : Dev;

    public void Dispose()
    {
        foreach (var system in new[] { _dev, _prod })
        {
            if (system.IsValueCreated)
                system.Value.Dispose();
        }
    }
}
