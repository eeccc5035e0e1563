using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;
using Amazon.Runtime.Credentials;
using Amazon.RuntimeDependencies;
using Amazon.S3;
using Amazon.SecurityToken;
using Amazon.SSO;
using Amazon.SSOOIDC;

namespace PhaserAI.Migrations.Aws;

/// <summary>
/// The credentials that the AWS CLI would use: variables, web identity, the profile (keys, role, SSO, process), the container's
/// role, the instance's role. It is the SDK's own chain, with what that needs in a native binary.
/// </summary>
internal sealed class CredentialChain(AwsAccess access) : AWSCredentials
{
    private AWSCredentials? _found;

    public override ImmutableCredentials GetCredentials() => Find().GetCredentials();

    public override async Task<ImmutableCredentials> GetCredentialsAsync()
    {
        try
        {
            return await Find().GetCredentialsAsync();
        }
        catch (Exception failure) when (failure is not (AwsAccessException or OperationCanceledException))
        {
            throw CredentialFailure.Explain(failure, access);
        }
    }

    private AWSCredentials Find()
    {
        if (_found is { } found)
            return found;
        if (access.Variable("AWS_ACCESS_KEY_ID") is { } key && access.Variable("AWS_SECRET_ACCESS_KEY") is { } secret)
            return _found = access.Variable("AWS_SESSION_TOKEN") is { } token ? new SessionAWSCredentials(key, secret, token) : new BasicAWSCredentials(key, secret);
        RegisterClients();
        return _found = WithRoles(DefaultAWSCredentialsIdentityResolver.GetCredentials(ChosenProfile()));
    }

    private AmazonS3Config? ChosenProfile()
    {
        if (access.Profile is not { } profile)
            return null;
        // The SDK would go on to the instance's role, and complain that there is none.
        return new CredentialProfileStoreChain().TryGetProfile(profile, out _)
            ? new AmazonS3Config { Profile = new Amazon.Profile(profile) }
            : throw new AwsAccessException($"there is no AWS profile {profile}", "Check AWS_PROFILE, and the names in ~/.aws/config: aws configure list-profiles");
    }

    /// <summary>
    /// The SDK's way to assume a role makes its client by reflection, which a native binary has not; and a client that is
    /// registered instead is not told whose credentials it is to use.
    /// </summary>
    private AWSCredentials WithRoles(AWSCredentials found) =>
        found is AssumeRoleAWSCredentials role ? new AssumedRole(role, WithRoles(role.SourceCredentials), access) : found;

    /// <summary>These calls carry no signature: a web identity's or a login's token is in them.</summary>
    private void RegisterClients()
    {
        var registry = GlobalRuntimeDependencyRegistry.Instance;
        var nobody = new AnonymousAWSCredentials();
        registry.RegisterSecurityTokenServiceClient(context => new AmazonSecurityTokenServiceClient(
            nobody, access.Configure(new AmazonSecurityTokenServiceConfig(), "STS", context.SecurityTokenServiceClientContextData.Region)));
        registry.RegisterSSOClient(context => new AmazonSSOClient(
            nobody, access.Configure(new AmazonSSOConfig(), "SSO", context.SSOClientContextData.Region)));
        registry.RegisterSSOOIDCClient(context => new AmazonSSOOIDCClient(
            nobody, access.Configure(new AmazonSSOOIDCConfig(), "SSO_OIDC", context.SSOOIDCClientContextData.Region)));
    }
}
