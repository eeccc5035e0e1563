using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using PhaserAI.Migrations.Cli;

namespace PhaserAI.Migrations.Lambda;

/// <summary>The function: a request is a call of the command line, and its JSON document is the answer.</summary>
internal sealed class MigrationFunction(FunctionHost host)
{
    private readonly CustomResource _resource = new(host);

    /// <summary>Why the function can answer nothing at all; null when nothing speaks against it.</summary>
    public FunctionErrorException? FindProblem() => host.Variable("MIGRATIONS_DIR") is { } folder && !Directory.Exists(Path.GetFullPath(folder, host.Folder))
        ? new FunctionErrorException("Usage", $"there is no folder {folder}, which should hold the migrations\nnext: Pack the function with scripts/build-lambda.sh, or set MIGRATIONS_DIR in its environment.")
        : null;

    /// <summary>Answers one invocation.</summary>
    /// <exception cref="FunctionErrorException">It failed.</exception>
    public async Task<byte[]> HandleAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        try
        {
            using var payload = Parse(invocation.Payload);
            return CloudFormationEvent.Find(payload.RootElement) is { } request
                ? await _resource.HandleAsync(request, invocation, cancellationToken)
                : await AnswerAsync(MigrationRequest.Read(payload.RootElement), invocation, cancellationToken);
        }
        catch (FunctionErrorException refused)
        {
            host.LogFailure(refused, invocation.RequestId);
            throw;
        }
    }

    private async Task<byte[]> AnswerAsync(MigrationRequest request, Invocation invocation, CancellationToken cancellationToken)
    {
        var call = new CommandCall(host, new LambdaInvocation(invocation.RequestId, invocation.FunctionArn, invocation.Deadline) { Given = invocation.Given })
        {
            Settings = request.Backup is { } backup ? ImmutableDictionary<string, string>.Empty.Add("MIGRATE_RDS_BACKUP", backup) : ImmutableDictionary<string, string>.Empty,
        };
        var answer = await call.RunAsync(request.ToArguments(), cancellationToken);
        return answer.IsReport ? Encoding.UTF8.GetBytes(answer.Cut()) : throw answer.ToError();
    }

    private static JsonDocument Parse(byte[] payload)
    {
        try
        {
            return JsonDocument.Parse(payload);
        }
        catch (JsonException unreadable)
        {
            throw new FunctionErrorException("Usage", $"the request is no JSON: {unreadable.Message}\nnext: Send an object, for example {{\"action\":\"status\"}}.");
        }
    }
}
