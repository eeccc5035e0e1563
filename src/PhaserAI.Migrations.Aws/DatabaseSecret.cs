using System.Globalization;
using System.Text.Json;

namespace PhaserAI.Migrations.Aws;

/// <summary>A secret of a database in the shape that RDS gives it (Secrets Manager user guide, "JSON structure of database credential secrets").</summary>
/// <param name="User">username.</param>
/// <param name="Password">password.</param>
/// <param name="Host">host.</param>
/// <param name="Port">port.</param>
/// <param name="Database">dbname.</param>
internal sealed record DatabaseSecret(string? User, string Password, string? Host, int? Port, string? Database)
{
    /// <exception cref="ConnectionFailedException">It is not in that shape. The message holds names of fields, and nothing of their values.</exception>
    public static DatabaseSecret Parse(string text, string id)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind is not JsonValueKind.Object)
                throw NoObject(id);
            string? Get(string name) => json.RootElement.TryGetProperty(name, out var value) ? TextOf(value) : null;
            if (Get("engine") is { } engine && !engine.Contains("postgres", StringComparison.OrdinalIgnoreCase))
                throw new ConnectionFailedException($"the secret {id} is for {engine}, not for PostgreSQL", "Set DB_SECRET_ARN to the secret of the PostgreSQL database.");
            var password = Get("password") ?? throw new ConnectionFailedException(
                $"the secret {id} holds no password; it has {string.Join(", ", json.RootElement.EnumerateObject().Select(field => field.Name))}",
                "Write it as RDS does: {\"username\": …, \"password\": …, \"host\": …, \"port\": …, \"dbname\": …}");
            int? port = int.TryParse(Get("port"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
            return new DatabaseSecret(Get("username"), password, Get("host"), port, Get("dbname"));
        }
        catch (JsonException)
        {
            throw NoObject(id);
        }
    }

    /// <summary>Without the password.</summary>
    public override string ToString() => $"{User}@{Host}";

    private static string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString() is { Length: > 0 } text ? text : null,
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };

    private static ConnectionFailedException NoObject(string id) => new(
        $"the secret {id} is no JSON object", "Write it as RDS does: {\"username\": …, \"password\": …, \"host\": …, \"port\": …, \"dbname\": …}");
}
