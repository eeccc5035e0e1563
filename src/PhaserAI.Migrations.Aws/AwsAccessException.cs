namespace PhaserAI.Migrations.Aws;

/// <summary>AWS can't be asked at all: no credentials, no region, no way to the endpoint. It says what is missing and how to set it.</summary>
internal sealed class AwsAccessException(string message, string next, Exception? cause = null) : Exception(message, cause)
{
    public string Next => next;
}
