using System.Text.Encodings.Web;
using System.Text.Json;

namespace PhaserAI.Migrations.Backups;

/// <summary>The manifest's form in a store.</summary>
internal static class ManifestText
{
    // No browser reads it: quoted names stay readable.
    private static readonly ManifestJson Json = new(new JsonSerializerOptions(ManifestJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static byte[] Write(BackupManifest manifest) => [.. JsonSerializer.SerializeToUtf8Bytes(manifest, Json.BackupManifest), (byte)'\n'];

    /// <exception cref="JsonException">It is none.</exception>
    public static BackupManifest Read(ReadOnlySpan<byte> text) =>
        JsonSerializer.Deserialize(text, Json.BackupManifest) is { Tables.IsDefault: false } manifest ? manifest : throw new JsonException("it is empty");
}
