using Amazon.Runtime;

namespace PhaserAI.Migrations.Aws;

/// <summary>Says why there are no credentials, and where they were looked for.</summary>
internal static class CredentialFailure
{
    public static AwsAccessException Explain(Exception failure, AwsAccess access)
    {
        var profile = access.Profile ?? "default";
        return failure switch
        {
            AmazonServiceException { ErrorCode: "ExpiredTokenException" or "UnauthorizedException" } => new(
                $"the session of the AWS profile {profile} has expired", $"Log in again: aws sso login --profile {profile}", failure),
            AmazonServiceException { ErrorCode: { Length: > 0 } code } refused => new(
                $"AWS gives no credentials for the profile {profile}: {refused.Message} [{code}]",
                "Check the profile's role and who may assume it: aws sts get-caller-identity", failure),
            _ when failure.Message.Contains("SSO", StringComparison.Ordinal) => new(
                $"the AWS profile {profile} is not logged in", $"Log in: aws sso login --profile {profile}", failure),
            _ => new(
                "no AWS credentials were found: neither in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, nor as a web identity, nor in the "
                + $"profile {profile} of ~/.aws, nor from a role of the container or instance",
                "Set them, choose a profile with AWS_PROFILE, or give the machine a role. See what others find: aws sts get-caller-identity", failure),
        };
    }
}
