using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace PhaserAI.Migrations.Lambda;

/// <summary>Serializers made at compile time.</summary>
[JsonSerializable(typeof(JsonNode))]
internal sealed partial class AnswerContext : JsonSerializerContext;
