namespace PhaserAI.Migrations.Cdk.Tests;

/// <summary>A folder like the one that scripts/build-lambda.sh writes. Of the program there is only what is looked at: its header.</summary>
internal sealed class BuiltFunction : IDisposable
{
    private const byte X86 = 62, Arm = 183;

    public BuiltFunction(bool certificates = true, bool arm = false)
    {
        Directory.CreateDirectory(Path.Combine(Folder, "migrations"));
        Directory.CreateDirectory(Sources);
        byte[] program = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, arm ? Arm : X86, 0];
        File.WriteAllBytes(Path.Combine(Folder, "bootstrap"), program);
        if (!certificates)
            return;
        Directory.CreateDirectory(Path.Combine(Folder, "certs"));
        File.WriteAllText(Path.Combine(Folder, "certs", "global-bundle.pem"), "certificates\n");
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("phaserai-function-").FullName;

    /// <summary>What is deployed.</summary>
    public string Folder => Path.Combine(Root, "lambda");

    /// <summary>The project's migrations.</summary>
    public string Sources => Path.Combine(Root, "migrations");

    /// <summary>Writes a migration, and packs it.</summary>
    public BuiltFunction With(string name, string text)
    {
        File.WriteAllText(Path.Combine(Sources, name), text);
        File.WriteAllText(Path.Combine(Folder, "migrations", name), text);
        return this;
    }

    /// <summary>The migrations of this repository.</summary>
    public BuiltFunction WithOurs()
    {
        foreach (var file in Directory.GetFiles(Repository.Migrations, "*.sql"))
            With(Path.GetFileName(file), File.ReadAllText(file));
        return this;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
