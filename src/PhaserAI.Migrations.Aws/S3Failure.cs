using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Amazon.Runtime;

namespace PhaserAI.Migrations.Aws;

/// <summary>Turns what S3 refuses into a sentence on what to mend.</summary>
internal sealed partial class S3Failure(S3Target target)
{
    /// <summary>Whether it comes from S3 or from the way there, and not from a cancelled call or a defect.</summary>
    public static bool IsKnown(Exception failure) =>
        failure is AmazonServiceException or AmazonClientException or AwsAccessException or HttpRequestException or IOException or TimeoutException or WebException
        || failure is TaskCanceledException { InnerException: TimeoutException };

    /// <param name="failure">What was thrown.</param>
    /// <param name="permission">What the call needed.</param>
    public BackupFailedException Explain(Exception failure, string permission)
    {
        var (message, next) = failure switch
        {
            AwsAccessException missing => (missing.Message, missing.Next),
            AmazonServiceException { ErrorCode: { Length: > 0 } code } refused => Refused(refused, code, permission),
            AmazonServiceException { StatusCode: HttpStatusCode.Forbidden } refused => Denied(refused, permission),
            _ => Unreachable(failure),
        };
        return new BackupFailedException(message, next, failure);
    }

    private (string Message, string Next) Refused(AmazonServiceException refused, string code, string permission) => code switch
    {
        "NoSuchBucket" => ($"there is no bucket {target.Bucket}", $"Check BACKUP_S3_BUCKET, or make the bucket: aws s3 mb s3://{target.Bucket}"),
        "AccessDenied" or "Forbidden" or "AllAccessDisabled" => Denied(refused, permission),
        "ExpiredToken" or "TokenRefreshRequired" or "ExpiredTokenException" => (
            "the AWS session has expired", "Log in again (aws sso login), or set a new AWS_SESSION_TOKEN with its keys."),
        "InvalidAccessKeyId" or "InvalidToken" or "InvalidClientTokenId" => (
            $"S3 does not know the AWS credentials: {refused.Message} [{code}]", "Check AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN and AWS_PROFILE: aws sts get-caller-identity"),
        "SignatureDoesNotMatch" => (
            "S3 refuses the signature: the secret key does not belong to the access key", "Check AWS_SECRET_ACCESS_KEY: aws sts get-caller-identity"),
        "RequestTimeTooSkewed" => ("S3 refuses the request: the clock of this machine is wrong", "Set the clock, for example with: chronyc makestep"),
        "PermanentRedirect" or "TemporaryRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" => (
            $"the bucket {target.Bucket} is in another region: {refused.Message}",
            $"Set AWS_REGION to the bucket's region: aws s3api get-bucket-location --bucket {target.Bucket}"),
        "SlowDown" or "ServiceUnavailable" or "InternalError" => ($"S3 is overloaded: {refused.Message} [{code}]", "Try again in a moment."),
        "NoSuchUpload" => (
            "the upload was removed while it was going on", $"Check the lifecycle rules of the bucket {target.Bucket}: AbortIncompleteMultipartUpload needs a day or more."),
        _ when code.StartsWith("KMS.", StringComparison.Ordinal) => (
            $"the key {target.KmsKey} can't encrypt the backup: {refused.Message} [{code}]", "Check BACKUP_KMS_KEY_ID: a key that is enabled, in the bucket's region."),
        _ => ($"S3 refuses the request: {refused.Message} [{code}]", $"Check the bucket {target.Bucket} and its policy."),
    };

    private (string Message, string Next) Denied(AmazonServiceException refused, string permission)
    {
        // "User: arn:… is not authorized to perform: kms:GenerateDataKey on resource: …"
        var named = Permission().Match(refused.Message) is { Success: true } match ? match.Groups["permission"].Value : permission;
        var resource = named.StartsWith("kms:", StringComparison.Ordinal) ? target.KmsKey ?? "the bucket's key"
            : named == "s3:ListBucket" ? $"arn:aws:s3:::{target.Bucket}"
            : $"arn:aws:s3:::{target.Bucket}/database-backups/*";
        // Where the answer says nothing, the SDK says that in many words.
        var reason = refused.Message.StartsWith("Error making request", StringComparison.Ordinal) ? "403 Forbidden" : refused.Message;
        return (
            $"S3 denies access to the bucket {target.Bucket}: {reason}",
            $"Allow {named} on {resource} to the role or user (aws sts get-caller-identity says who that is), and see the bucket's policy. All that is needed: docs/aws.md");
    }

    private (string Message, string Next) Unreachable(Exception failure)
    {
        var reason = failure;
        while (reason is not SocketException && reason.InnerException is { } inner)
            reason = inner;
        return (
            $"S3 can't be reached at {target.Endpoint}: {reason.Message}",
            "Check the network: a proxy (HTTPS_PROXY), a VPC endpoint for S3, AWS_REGION, or AWS_ENDPOINT_URL if it is set.");
    }

    [GeneratedRegex(@"not authorized to perform: (?<permission>[a-z0-9]+:\w+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Permission();
}
