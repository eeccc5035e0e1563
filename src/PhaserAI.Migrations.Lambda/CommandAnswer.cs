using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PhaserAI.Migrations.Cli;

namespace PhaserAI.Migrations.Lambda;

/// <summary>What a call of the command line has answered.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Document">Its JSON document.</param>
internal sealed record CommandAnswer(int Code, string Document)
{
    /// <summary>A function's answer may have 6 MB (Lambda quotas); what is over is the servers' notices and rows, and the text of statements.</summary>
    private const int LongestAnswer = 5_500_000;

    private const int LongestMessage = 20_000;

    private const int LongestStatement = 500;

    private static readonly string[] Expendable = ["results", "notices"];

    /// <summary>The document, to look something up.</summary>
    public JsonNode? Json => Document.Length == 0 ? null : JsonNode.Parse(Document);

    /// <summary>Whether it is what was asked for; else it is why not.</summary>
    public bool IsReport => Code is ExitCode.Done or ExitCode.Pending or ExitCode.Findings or ExitCode.Unfinished;

    /// <summary>The document; a long one without rows and notices, with the beginnings of its statements, and with <c>"cut": true</c>.</summary>
    /// <exception cref="FunctionErrorException">It is too long all the same.</exception>
    public string Cut()
    {
        if (Encoding.UTF8.GetByteCount(Document) <= LongestAnswer)
            return Document;
        var document = JsonNode.Parse(Document)!.AsObject();
        foreach (var name in Expendable)
            document[name] = new JsonArray();
        CutStatements(document);
        document["cut"] = true;
        var cut = JsonSerializer.Serialize(document, AnswerContext.Relaxed.JsonNode);
        return Encoding.UTF8.GetByteCount(cut) <= LongestAnswer
            ? cut
            : throw new FunctionErrorException("AnswerTooLong", "the answer is longer than the 6 MB that Lambda takes; what was asked for is done\nnext: Ask for less (a limit, a version), or ask with the command line.");
    }

    private static void CutStatements(JsonNode node)
    {
        if (node is JsonArray array)
        {
            foreach (var item in array.OfType<JsonNode>())
                CutStatements(item);
        }
        else if (node is JsonObject members)
        {
            foreach (var (name, value) in members.ToArray())
            {
                if (name == "sql" && value is JsonValue text && (string?)text is { Length: > LongestStatement } sql)
                    members[name] = $"{sql[..LongestStatement]}…";
                else if (value is not null)
                    CutStatements(value);
            }
        }
    }

    /// <summary>The failure as a person reads it in the console, and a program in <c>errorType</c>.</summary>
    public FunctionErrorException ToError()
    {
        var message = Message();
        return new FunctionErrorException(TypeOf(Code), message.Length > LongestMessage ? message[..LongestMessage] + "…" : message);
    }

    /// <summary>What failed, where, why, what state is left, what is next; each on a line of its own.</summary>
    private string Message()
    {
        var document = Json;
        if (document?["error"] is { } error)
            return Lines(Text(error, "message"), Text(error, "detail"), Next(error));
        if (document?["failure"] is { } failure)
            return Lines($"{PlaceOf(failure)}{Text(failure, "message")}{(Text(failure, "sqlState") is { } state ? $" [{state}]" : "")}", Text(failure, "detail"), Text(failure, "hint"), Text(failure, "state"), Next(failure));
        return document?["problems"] is JsonArray { Count: > 0 } problems
            ? string.Join('\n', problems.Select(problem => Lines($"{PlaceOf(problem!)}{Text(problem!, "message")}", Next(problem!))))
            : string.Create(CultureInfo.InvariantCulture, $"the command ended with exit code {Code} and gave no reason\nnext: Look at the function's log.");
    }

    internal static string PlaceOf(JsonNode failure) => Text(failure, "file") is not { Length: > 0 } file ? ""
        : (int?)failure["line"] is > 0 and var line ? string.Create(CultureInfo.InvariantCulture, $"{file}:{line}:{(int?)failure["column"]}: ")
        : $"{file}: ";

    private static string? Next(JsonNode failure) => Text(failure, "next") is { } next ? $"next: {next}" : null;

    private static string? Text(JsonNode node, string name) => (string?)node[name] is { Length: > 0 } text ? text : null;

    private static string Lines(params IEnumerable<string?> lines) => string.Join('\n', lines.Where(line => line is not null));

    private static string TypeOf(int code) => code switch
    {
        ExitCode.Usage => "Usage",
        ExitCode.PlanHasProblems => "PlanHasProblems",
        ExitCode.LockNotAcquired => "LockNotAcquired",
        ExitCode.NoConnection => "NoConnection",
        ExitCode.RefusedByPolicy => "RefusedByPolicy",
        ExitCode.BackupFailed => "BackupFailed",
        ExitCode.Cancelled => "Cancelled",
        _ => "MigrationFailed",
    };
}
