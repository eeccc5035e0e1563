using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.Execution;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>Whether the server lets the user in. The session that is opened is the one that all other checks use.</summary>
internal static class LoginCheck
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken)
    {
        var started = of.Host.TimeProvider.GetTimestamp();
        try
        {
            of.Connection = await MigrationConnection.OpenAsync(of.Options!, cancellationToken);
            return [Finding.Ok($"as {of.Connection.UserName} ({TextReporter.Duration(of.Host.TimeProvider.GetElapsedTime(started))})")];
        }
        catch (ConnectionFailedException refused)
        {
            of.Unreachable = "the login failed";
            return [Finding.Problem(refused.Message, refused.Next)];
        }
    }
}
