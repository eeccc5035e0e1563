using System.Globalization;
using System.Text.Json;

namespace PhaserAI.Migrations.Aws;

/// <summary>Turns what Secrets Manager refuses into a sentence on what to mend.</summary>
internal static class SecretFailure
{
    public static ConnectionFailedException Refused(string answer, int status, string id, string region)
    {
        var (code, reason) = Read(answer);
        var (message, next) = code switch
        {
            "ResourceNotFoundException" => ($"there is no secret {id} in {region}", "Check DB_SECRET_ARN, its region and the account: aws secretsmanager list-secrets"),
            "AccessDeniedException" or "AccessDenied" => (
                $"reading the secret {id} is denied: {reason}",
                "Allow secretsmanager:GetSecretValue on it, and kms:Decrypt on its key if that is your own, to whoever this is: aws sts get-caller-identity"),
            "DecryptionFailure" or "DecryptionFailureException" => ($"the secret {id} can't be decrypted: {reason}", "Allow kms:Decrypt on its key, and check that the key is enabled."),
            "InvalidRequestException" => (
                $"the secret {id} can't be read: {reason}", "If it was deleted, bring it back: aws secretsmanager restore-secret"),
            "ExpiredTokenException" or "ExpiredToken" => ("the AWS session has expired", "Log in again (aws sso login), or set a new AWS_SESSION_TOKEN with its keys."),
            "UnrecognizedClientException" or "InvalidClientTokenId" or "IncompleteSignature" or "MissingAuthenticationToken" or "InvalidSignatureException" or "SignatureDoesNotMatch" => (
                $"Secrets Manager does not accept the AWS credentials: {reason} [{code}]",
                "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_PROFILE, and the clock of this machine: aws sts get-caller-identity"),
            _ => (
                string.Create(CultureInfo.InvariantCulture, $"Secrets Manager answers {status} for the secret {id}: {reason} [{code}]"),
                "Try again in a moment; if it stays, look at the service's health in this region."),
        };
        return new ConnectionFailedException(message, next);
    }

    /// <summary><c>{"__type": "com.amazonaws.secretsmanager#ResourceNotFoundException", "Message": …}</c>, in some services with a small m.</summary>
    private static (string Code, string Reason) Read(string answer)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            var root = json.RootElement;
            var code = root.TryGetProperty("__type"u8, out var type) ? type.GetString() ?? "" : "";
            var reason = root.TryGetProperty("Message"u8, out var large) ? large.GetString() : root.TryGetProperty("message"u8, out var small) ? small.GetString() : null;
            return (code[(code.LastIndexOf('#') + 1)..], reason ?? "it gives no reason");
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return ("no JSON", "the answer is not Secrets Manager's");
        }
    }
}
