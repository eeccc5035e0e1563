using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.CredentialManagement;

namespace PhaserAI.Migrations.Aws;

/// <summary>
/// How AWS is reached: credentials, region and endpoints, set as for the AWS CLI and its SDKs. Nothing is looked up before
/// it is needed.
/// </summary>
/// <param name="variable">Reads an environment variable.</param>
internal sealed class AwsAccess(Func<string, string?> variable)
{
    private AWSCredentials? _credentials;

    public AWSCredentials Credentials => _credentials ??= new CredentialChain(this);

    /// <summary>A variable; one that is empty counts as not set.</summary>
    public string? Variable(string name) => variable(name) is { Length: > 0 } value ? value : null;

    /// <summary>The profile of ~/.aws that is chosen; null leaves it at "default".</summary>
    public string? Profile => Variable("AWS_PROFILE");

    /// <exception cref="AwsAccessException">It is nowhere to be found.</exception>
    public string RequireRegion() => Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION") ?? RegionOfProfile() ?? FallbackRegionFactory.GetRegionEndpoint()?.SystemName
        ?? throw new AwsAccessException("the AWS region is not known", "Set AWS_REGION, for example: export AWS_REGION=eu-central-1");

    /// <summary>What is set instead of a service's own address; null when nothing is.</summary>
    /// <param name="service">As in the variable's name: S3, SECRETS_MANAGER, STS.</param>
    public string? EndpointOf(string service) =>
        string.Equals(Variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), "true", StringComparison.OrdinalIgnoreCase)
            ? null
            : Variable("AWS_ENDPOINT_URL_" + service) ?? Variable("AWS_ENDPOINT_URL");

    /// <summary>Sets a client's address.</summary>
    public T Configure<T>(T config, string service, RegionEndpoint? region = null)
        where T : ClientConfig
    {
        // One or the other: setting the address takes the region back.
        if (EndpointOf(service) is { } endpoint)
        {
            config.ServiceURL = endpoint;
            config.AuthenticationRegion = (region?.SystemName ?? Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION") ?? RegionOfProfile()) ?? "us-east-1";
        }
        else
        {
            config.RegionEndpoint = region ?? RegionEndpoint.GetBySystemName(RequireRegion());
        }

        config.ConnectTimeout = TimeSpan.FromSeconds(10);
        return config;
    }

    private string? RegionOfProfile() =>
        new CredentialProfileStoreChain().TryGetProfile(Profile ?? "default", out var profile) ? profile.Region?.SystemName : null;
}
