using System.Globalization;
using System.Net;

namespace PhaserAI.Migrations.Aws;

/// <summary>Invokes Lambda functions without waiting for them.</summary>
internal sealed class FunctionInvoker(AwsAccess access, TimeProvider clock)
{
    private readonly SignedCall _call = new(access, clock, "lambda", "Lambda");

    /// <exception cref="AwsAccessException">Lambda does not take it.</exception>
    public async Task InvokeAsync(string function, byte[] payload, CancellationToken cancellationToken)
    {
        var (status, answer) = await _call.PostAsync(
            access.RequireRegion(), $"/2015-03-31/functions/{Uri.EscapeDataString(function)}/invocations", payload, "application/json", [("X-Amz-Invocation-Type", "Event")], cancellationToken);
        if (status is not HttpStatusCode.Accepted)
        {
            throw new AwsAccessException(
                string.Create(CultureInfo.InvariantCulture, $"Lambda answers {(int)status}: {answer}"), $"Allow lambda:InvokeFunction on the function {function} to its own role.");
        }
    }
}
