using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PhaserAI.Migrations.Lambda;

/// <summary>Tells CloudFormation what became of its request: one PUT to an address that S3 has signed.</summary>
internal static class CloudFormationReply
{
    /// <summary>CloudFormation user guide, "Custom resource response objects": the whole of it, in bytes.</summary>
    private const int Longest = 4096;

    private const string Rest = " … (the function's log has the rest)";

    private const int Attempts = 4;

    /// <summary>The answer, with as much of the reason as there is room for. Its beginning says where it failed.</summary>
    public static byte[] ToJson(CloudFormationEvent request, ResourceOutcome outcome)
    {
        var reason = outcome.Reason;
        while (true)
        {
            var body = ToJson(request, outcome, reason == outcome.Reason ? reason : reason + Rest);
            if (body.Length <= Longest || reason.Length == 0)
                return body;
            // A character has up to six bytes in JSON, so this never cuts too much.
            var keep = Math.Max(0, reason.Length - Math.Max(1, (body.Length - Longest) / 6));
            reason = reason[..(keep > 0 && char.IsHighSurrogate(reason[keep - 1]) ? keep - 1 : keep)];
        }
    }

    /// <exception cref="FunctionErrorException">It can't be told: then CloudFormation waits until its time is over.</exception>
    public static async Task SendAsync(CloudFormationEvent request, byte[] body, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(request.ResponseUrl, UriKind.Absolute, out var address))
            throw new FunctionErrorException("NoResponse", "the ResponseURL of CloudFormation's request is no address, so nobody can be told what became of it");
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        for (var attempt = 1; ; attempt++)
        {
            // No Content-Type: the address was signed without one. HttpClient states the length.
            using var content = new ByteArrayContent(body);
            var refusal = "";
            try
            {
                using var answer = await client.PutAsync(address, content, cancellationToken);
                if (answer.IsSuccessStatusCode)
                    return;
                refusal = string.Create(CultureInfo.InvariantCulture, $"S3 answers {(int)answer.StatusCode}");
            }
            catch (Exception broken) when (broken is HttpRequestException || (broken is TaskCanceledException && !cancellationToken.IsCancellationRequested))
            {
                refusal = broken is HttpRequestException { HttpRequestError: var kind } ? $"no connection ({kind})" : "no answer";
            }

            if (attempt == Attempts)
                throw new FunctionErrorException(
                    "NoResponse", $"CloudFormation can't be told what became of its request: {refusal}. It waits until its time is over\nnext: Let the function reach S3: a NAT gateway, or a gateway endpoint for S3 in its VPC.");
            await Task.Delay(TimeSpan.FromMilliseconds(250 << attempt), clock, cancellationToken);
        }
    }

    private static byte[] ToJson(CloudFormationEvent request, ResourceOutcome outcome, string reason)
    {
        var answer = new JsonObject
        {
            ["Status"] = outcome.Succeeded ? "SUCCESS" : "FAILED",
            ["Reason"] = reason,
            ["PhysicalResourceId"] = request.PhysicalResourceId,
            ["StackId"] = request.StackId,
            ["RequestId"] = request.RequestId,
            ["LogicalResourceId"] = request.LogicalResourceId,
        };
        if (outcome.Succeeded)
            answer["Data"] = new JsonObject { ["Version"] = outcome.Version ?? "", ["Applied"] = outcome.Applied, ["Status"] = outcome.Status };
        return JsonSerializer.SerializeToUtf8Bytes(answer, AnswerContext.Default.JsonNode);
    }
}
