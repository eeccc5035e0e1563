namespace PhaserAI.Migrations.Cdk;

/// <summary>
/// No template can be made: a migration has an error, the function is not built, or what is asked for does not exist. The message
/// says of each problem where it is and what to do, in the form of the command line's.
/// </summary>
public sealed class SynthesisException(string message) : Exception(message);
