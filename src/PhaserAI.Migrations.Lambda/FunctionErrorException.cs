namespace PhaserAI.Migrations.Lambda;

/// <summary>Why an invocation ends with a function error.</summary>
/// <param name="type">What kind of error it is, for programs: <c>MigrationFailed</c>, <c>Usage</c>.</param>
/// <param name="message">What is wrong, where, what state is left and what to do next.</param>
internal sealed class FunctionErrorException(string type, string message) : Exception(message)
{
    public string Type => type;
}
