using System.Text.Json;
using PhaserAI.Migrations.Tests.Cli;
using Xunit;

namespace PhaserAI.Migrations.Tests.Doctor;

/// <summary>What <c>doctor</c> has said, by check.</summary>
internal sealed class Diagnosis(CliResult result)
{
    private readonly JsonElement _document = result.Json;

    public CliResult Result => result;

    /// <summary>Runs doctor; whatever it says, none of the texts is in it.</summary>
    public static async Task<Diagnosis> RunAsync(CliRunner cli, params string[] secrets)
    {
        var result = await cli.RunAsync("doctor", "-o", "json");
        Assert.True(result.Code is 0 or 8, result.ToString());
        Assert.Empty(result.Error);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, result.Out, StringComparison.Ordinal));
        var diagnosis = new Diagnosis(result);
        Assert.Equal(result.Code == 8, diagnosis.All.Any(found => found.State == "problem"));
        // Whatever is wrong comes with what to do.
        Assert.All(diagnosis.All, found => Assert.Equal(found.State is "warning" or "problem", found.Next is { Length: > 0 }));
        return diagnosis;
    }

    public IEnumerable<(string Check, string State, string Message, string? Next)> All => _document.GetProperty("checks").EnumerateArray().Select(check => (
        check.GetProperty("check").GetString()!, check.GetProperty("state").GetString()!, check.GetProperty("message").GetString()!, check.GetProperty("next").GetString()));

    /// <summary>That a check has found this, and what to do says that.</summary>
    public void AssertFound(string check, string state, string message, string next = "") => Assert.True(
        All.Any(found => found.Check == check && found.State == state && found.Message.Contains(message, StringComparison.Ordinal) && (found.Next ?? "").Contains(next, StringComparison.Ordinal)),
        $"no {state} of {check} says \"{message}\" and \"{next}\" in\n{result.Out}");

    public void AssertNone(string check, string state) => Assert.DoesNotContain(All, found => found.Check == check && found.State == state);
}
