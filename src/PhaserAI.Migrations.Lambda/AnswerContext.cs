using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace PhaserAI.Migrations.Lambda;

/// <summary>Serializers made at compile time.</summary>
[JsonSerializable(typeof(JsonNode))]
internal sealed partial class AnswerContext : JsonSerializerContext
{
    /// <summary>With letters and apostrophes as they are.</summary>
    public static AnswerContext Relaxed { get; } = new(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
