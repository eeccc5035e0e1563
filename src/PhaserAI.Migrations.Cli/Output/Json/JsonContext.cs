using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace PhaserAI.Migrations.Cli.Output.Json;

/// <summary>Serializers made at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(PlanDocument))]
[JsonSerializable(typeof(RunDocument))]
[JsonSerializable(typeof(HistoryDocument))]
[JsonSerializable(typeof(HistoryChangeDocument))]
[JsonSerializable(typeof(ImportDocument))]
[JsonSerializable(typeof(ValidationDocument))]
[JsonSerializable(typeof(InspectDocument))]
[JsonSerializable(typeof(IReadOnlyList<InspectDocument>))]
[JsonSerializable(typeof(RehearsalDocument))]
[JsonSerializable(typeof(DoctorDocument))]
[JsonSerializable(typeof(CreatedDocument))]
[JsonSerializable(typeof(SettingsDocument))]
[JsonSerializable(typeof(FailedDocument))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(JsonNode))]
internal sealed partial class JsonContext : JsonSerializerContext;
