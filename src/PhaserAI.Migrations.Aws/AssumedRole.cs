using System.Globalization;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace PhaserAI.Migrations.Aws;

/// <summary>A role of a profile (<c>role_arn</c>), assumed with the credentials of its source, and again before they expire.</summary>
internal sealed class AssumedRole : RefreshingAWSCredentials
{
    private readonly AssumeRoleAWSCredentials _role;
    private readonly AWSCredentials _source;
    private readonly AwsAccess _access;

    public AssumedRole(AssumeRoleAWSCredentials role, AWSCredentials source, AwsAccess access)
    {
        (_role, _source, _access) = (role, source, access);
        PreemptExpiryTime = TimeSpan.FromMinutes(5);
    }

    protected override async Task<CredentialsRefreshState> GenerateNewCredentialsAsync()
    {
        if (_role.Options.MfaSerialNumber is { } device)
        {
            throw new AwsAccessException(
                $"the role {_role.RoleArn} wants a code of the MFA device {device}, and the tool can't ask for one",
                "Get a session first, for example with: aws configure export-credentials --format env");
        }

        using var client = new AmazonSecurityTokenServiceClient(_source, _access.Configure(new AmazonSecurityTokenServiceConfig(), "STS"));
        var answer = await client.AssumeRoleAsync(new AssumeRoleRequest
        {
            RoleArn = _role.RoleArn,
            RoleSessionName = _role.RoleSessionName,
            ExternalId = _role.Options.ExternalId,
            DurationSeconds = _role.Options.DurationSeconds,
        });
        var expiry = answer.Credentials.Expiration ?? throw new AmazonClientException(string.Create(CultureInfo.InvariantCulture, $"STS names no end for {_role.RoleArn}"));
        return new CredentialsRefreshState(
            new ImmutableCredentials(answer.Credentials.AccessKeyId, answer.Credentials.SecretAccessKey, answer.Credentials.SessionToken), expiry);
    }
}
