using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PhaserAI.Migrations.Lambda;

/// <summary>A request of CloudFormation for the custom resource (CloudFormation user guide, "Custom resource request objects").</summary>
internal sealed class CloudFormationEvent
{
    private const string Continuation = "Continuation";

    private readonly JsonObject _payload;

    private CloudFormationEvent(JsonObject payload) => _payload = payload;

    /// <summary>Create, Update or Delete.</summary>
    public string RequestType => Text(nameof(RequestType)) ?? "";

    /// <summary>Where the answer goes. It is as good as a password to the stack, and is never logged.</summary>
    public string? ResponseUrl => Text("ResponseURL");

    public string? StackId => Text(nameof(StackId));

    public string? RequestId => Text(nameof(RequestId));

    public string? LogicalResourceId => Text(nameof(LogicalResourceId));

    /// <summary>The same for one database whatever happens: another one would make CloudFormation delete the old "resource".</summary>
    public string PhysicalResourceId =>
        RequestType != "Delete" && Property("Database") is { } database ? $"migrations-{database}"
        : Text(nameof(PhysicalResourceId)) ?? $"migrations-{LogicalResourceId}";

    /// <summary>The newest version of the set that the stack asks for; null when it does not say.</summary>
    public string? Version => Property(nameof(Version));

    /// <summary>Whether the stack had a newer set before: it is being rolled back, or an older commit is deployed.</summary>
    public bool IsOlder => RequestType == "Update" && Version is { } version
        && (string?)_payload["OldResourceProperties"]?[nameof(Version)] is { } before && string.CompareOrdinal(before, version) > 0;

    /// <summary>Whether that takes the newer migrations back.</summary>
    public bool TakesBack => Property("OnStackRollback") == "Down";

    /// <summary>How long CloudFormation waits for the answer (1 to 3600 s; an hour when nothing is said).</summary>
    public TimeSpan ServiceTimeout =>
        int.TryParse(Property(nameof(ServiceTimeout)), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds) : TimeSpan.FromHours(1);

    /// <summary>When the first invocation for it began, if this is a later one.</summary>
    public DateTimeOffset? Began => _payload[Continuation] is { } began ? DateTimeOffset.FromUnixTimeMilliseconds((long)began) : null;

    /// <summary>Null when the payload is none.</summary>
    public static CloudFormationEvent? Find(JsonElement payload) =>
        payload.ValueKind is JsonValueKind.Object && payload.TryGetProperty("RequestType"u8, out _) && payload.TryGetProperty("ResponseURL"u8, out _)
            ? new CloudFormationEvent(JsonObject.Create(payload.Clone())!)
            : null;

    /// <summary>The payload for another invocation that goes on with it.</summary>
    public byte[] GoOn(DateTimeOffset began)
    {
        var payload = _payload.DeepClone();
        payload[Continuation] = began.ToUnixTimeMilliseconds();
        return JsonSerializer.SerializeToUtf8Bytes(payload, AnswerContext.Default.JsonNode);
    }

    private string? Property(string name) => _payload["ResourceProperties"]?[name] is JsonValue value ? value.ToString() is { Length: > 0 } text ? text : null : null;

    private string? Text(string name) => _payload[name] is JsonValue value ? value.ToString() : null;
}
