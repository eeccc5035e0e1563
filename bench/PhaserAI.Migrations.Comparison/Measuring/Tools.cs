namespace PhaserAI.Migrations.Comparison.Measuring;

/// <summary>Where bench.sh has put the programs, and where there is room for what they leave.</summary>
/// <param name="Port">The port of the private PostgreSQL on 127.0.0.1; its superuser is postgres and needs no password.</param>
/// <param name="Programs">The folder with what bench.sh has built and installed.</param>
/// <param name="Work">An empty folder.</param>
internal sealed record Tools(int Port, string Programs, string Work)
{
    public string In(params ReadOnlySpan<string> path) => Path.Combine([Programs, .. path]);

    public string WorkFile(string name) => Path.Combine(Work, name);
}
