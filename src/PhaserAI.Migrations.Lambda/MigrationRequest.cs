using System.Collections.Immutable;
using System.Text.Json;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Lambda;

/// <summary>What the function is asked to do: <c>{"action":"up","version":"20250102_143000"}</c>.</summary>
/// <param name="Action">One of <see cref="Actions"/>.</param>
/// <param name="Version">Up to which version, or after which.</param>
/// <param name="IsDryRun">Whether only to show it.</param>
/// <param name="Backup">What is to be there before anything is changed, instead of what MIGRATE_RDS_BACKUP says.</param>
internal sealed record MigrationRequest(string Action, string? Version, bool IsDryRun, string? Backup)
{
    private static readonly ImmutableArray<string> Actions = ["up", "down", "status", "plan", "validate", "history", "backup-info"];

    private static readonly ImmutableArray<string> Backups = ["snapshot", "pitr", "none"];

    private const string Example = "for example {\"action\":\"status\"}";

    /// <exception cref="FunctionErrorException">It is not a request; the message says what there is.</exception>
    public static MigrationRequest Read(JsonElement payload)
    {
        if (payload.ValueKind is not JsonValueKind.Object)
            throw Wrong($"the request is {NameOf(payload)}, and not an object", $"Send one with an action, {Example}.");
        string? action = null, version = null, backup = null;
        var isDryRun = false;
        foreach (var field in payload.EnumerateObject())
        {
            switch (field.Name)
            {
                case "action":
                    action = OneOf(field, Actions);
                    break;
                case "version":
                    version = VersionOf(field);
                    break;
                case "dryRun":
                    isDryRun = field.Value.ValueKind is JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null
                        ? field.Value.ValueKind is JsonValueKind.True
                        : throw Wrong($"dryRun is {NameOf(field.Value)}", "Set it to true or false.");
                    break;
                case "backup":
                    backup = field.Value.ValueKind is JsonValueKind.Null ? null : OneOf(field, Backups);
                    break;
                default:
                    throw Wrong($"the request has a field \"{field.Name}\", which there is not", $"The fields are action, version, dryRun and backup, {Example}.");
            }
        }

        if (action is null)
            throw Wrong("the request has no action", $"Send one of {string.Join(", ", Actions)}, {Example}.");
        Refuse(version is not null && action is not ("up" or "down" or "plan"), "version", action, "up, down and plan");
        Refuse(isDryRun && action is not ("up" or "down"), "dryRun", action, "up and down");
        Refuse(backup is not null && action is not ("up" or "down"), "backup", action, "up and down");
        return new MigrationRequest(action, version, isDryRun, backup);
    }

    /// <summary>The same as a command line.</summary>
    public IEnumerable<string> ToArguments()
    {
        foreach (var word in Action.Split('-'))
            yield return word;
        if (Version is not null)
            yield return Version;
        if (IsDryRun)
            yield return "--dry-run";
    }

    private static string OneOf(JsonProperty field, ImmutableArray<string> known)
    {
        var text = field.Value.ValueKind is JsonValueKind.String ? field.Value.GetString()! : throw Wrong($"{field.Name} is {NameOf(field.Value)}", $"Set it to one of {Quoted(known)}.");
        return known.Contains(text, StringComparer.Ordinal) ? text : throw Wrong($"there is no {field.Name} \"{text}\"", $"Set it to one of {Quoted(known)}.");
    }

    /// <summary>Only what is a version becomes an argument of a command line.</summary>
    private static string? VersionOf(JsonProperty field) => field.Value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String when MigrationVersion.TryParsePrefix(field.Value.GetString()!.Trim(), out var version) => version.ToString(),
        JsonValueKind.String => throw Wrong($"\"{field.Value.GetString()}\" is no version", "Write it as YYYYMMDD_HHMMSS, for example \"20250102_143000\"; the action status shows all."),
        _ => throw Wrong($"version is {NameOf(field.Value)}", "Write it as a string, for example \"20250102_143000\"."),
    };

    private static void Refuse(bool isGiven, string field, string action, string takers)
    {
        if (isGiven)
            throw Wrong($"the action {action} takes no {field}", $"It is for {takers}.");
    }

    private static FunctionErrorException Wrong(string what, string next) => new("Usage", $"{what}; nothing was done\nnext: {next}");

    private static string Quoted(ImmutableArray<string> words) => string.Join(", ", words.Select(word => $"\"{word}\""));

    private static string NameOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => "null",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        JsonValueKind.Number => "a number",
        JsonValueKind.String => "a string",
        JsonValueKind.Array => "a list",
        _ => "an object",
    };
}
