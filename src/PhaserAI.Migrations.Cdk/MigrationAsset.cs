using Amazon.CDK.AWS.Lambda;

namespace PhaserAI.Migrations.Cdk;

/// <summary>What <c>scripts/build-lambda.sh</c> has built: the program, and beside it the migrations that it packs.</summary>
/// <param name="Folder">Where it is.</param>
/// <param name="Architecture">The processor that the program was built for.</param>
/// <param name="HasCertificates">Whether the root certificates of RDS are packed.</param>
internal sealed record MigrationAsset(string Folder, Architecture Architecture, bool HasCertificates)
{
    private const string Mend = "Run scripts/build-lambda.sh, and name the folder that it writes (artifacts/lambda).";

    /// <summary>Where the function finds the migrations.</summary>
    public const string MigrationsDirectory = "/var/task/migrations";

    /// <summary>Where the function finds the root certificates, if they are packed.</summary>
    public const string CertificatesFile = "/var/task/certs/global-bundle.pem";

    /// <summary>The folder of the packed migrations.</summary>
    public string Migrations => Path.Combine(Folder, "migrations");

    /// <exception cref="SynthesisException">There is no such program, or it can't run on Lambda.</exception>
    public static MigrationAsset Read(string folder)
    {
        var program = Path.Combine(folder, "bootstrap");
        if (!File.Exists(program))
            throw new SynthesisException($"error: there is no {program}: the function is not built\n   = next: {Mend}");
        return new MigrationAsset(folder, ReadArchitecture(program), File.Exists(Path.Combine(folder, "certs", "global-bundle.pem")));
    }

    /// <summary>An ELF file says in its bytes 18 and 19 (<c>e_machine</c>) which processor it is for.</summary>
    private static Architecture ReadArchitecture(string program)
    {
        Span<byte> header = stackalloc byte[20];
        using var file = File.OpenRead(program);
        var read = file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        if (read == header.Length && header.StartsWith("\u007fELF"u8))
        {
            switch (header[18] | header[19] << 8)
            {
                case 62:
                    return Architecture.X86_64;
                case 183:
                    return Architecture.ARM_64;
            }
        }

        throw new SynthesisException($"error: {program} is no Linux program for x86-64 or ARM64, so Lambda can't run it\n   = next: {Mend}");
    }
}
