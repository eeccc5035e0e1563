using System.Text.RegularExpressions;
using PhaserAI.Migrations.Cli;
using PhaserAI.Migrations.Cli.Settings;
using Xunit;

namespace PhaserAI.Migrations.Tests.Cli;

/// <summary>The reference says what the declarations say.</summary>
public sealed partial class ReferenceTests
{
    private static string Reference => Path.Combine(MigrationFolder.RepositoryRoot, "docs", "reference");

    [Fact]
    public Task The_page_of_settings_is_made_from_the_declarations() => IsCurrentAsync("settings.md", SettingsPage.Text());

    [Fact]
    public Task The_page_of_commands_is_made_from_the_declarations() => IsCurrentAsync("commands.md", CommandsPage.Text());

    [Fact]
    public void Every_variable_that_is_read_stands_there()
    {
        var files = Directory.GetFiles(Path.Combine(MigrationFolder.RepositoryRoot, "src"), "*.cs", SearchOption.AllDirectories);
        var read = files.SelectMany(file => VariableRead().Matches(File.ReadAllText(file))).Select(match => match.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);
        Assert.Contains("CI", read);
        string[] known = [.. KnownSettings.All.SelectMany(setting => setting.Variables).Concat(SettingsPage.Surroundings.SelectMany(entry => entry.Name.Split(", ")))];
        Assert.DoesNotContain(read, name => !known.Contains(name, StringComparer.Ordinal) && !name.StartsWith("AWS_", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_exit_code_stands_in_its_page_and_no_other()
    {
        var page = File.ReadAllText(Path.Combine(Reference, "exit-codes.md"));
        var written = ExitCodeRow().Matches(page).Select(match => match.Groups["code"].Value);
        Assert.Equal(ExitCode.Meanings.Select(meaning => $"{meaning.Code}"), written);
    }

    [Fact]
    public void Every_setting_is_declared_so_that_it_can_be_used()
    {
        Assert.All(KnownSettings.All, setting =>
        {
            Assert.EndsWith(".", setting.Help, StringComparison.Ordinal);
            foreach (var rules in EnvironmentRules.All)
            {
                // A path's default may be words; of every other kind it is a value.
                if ((setting.DefaultOf?.Invoke(rules) ?? setting.Default) is { } value && setting.Kind is not SettingKind.Path)
                    Assert.Null(setting.Check(value));
            }

            Assert.True(setting.Flag is null || setting.Value is not null, $"{setting.Flag} has no word for its value");
            Assert.False(setting.IsSecret && setting.Flag is not null, $"{setting.Name}: other users can read the arguments of a process");
        });
        var names = KnownSettings.All.SelectMany(setting => setting.Variables).ToArray();
        Assert.Equal(names.Length, names.Distinct(StringComparer.Ordinal).Count());
        var declared = typeof(KnownSettings).GetFields().Select(field => field.GetValue(null)).OfType<Setting>();
        Assert.Equal(declared.Select(setting => setting.Name), KnownSettings.All.Select(setting => setting.Name));
    }

    private static async Task IsCurrentAsync(string name, string text)
    {
        var file = Path.Combine(Reference, name);
        if (Environment.GetEnvironmentVariable("MIGRATE_TEST_REWRITE") == "1")
            await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
        var page = File.Exists(file) ? await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken) : "";
        Assert.True(
            page.ReplaceLineEndings("\n") == text,
            $"docs/reference/{name} is stale: MIGRATE_TEST_REWRITE=1 ./scripts/test.sh -class '*ReferenceTests' writes it anew.");
    }

    [GeneratedRegex(@"[vV]ariable\(""(?<name>\w+)""\)")]
    private static partial Regex VariableRead();

    [GeneratedRegex(@"^\| (?<code>\d+) \|", RegexOptions.Multiline)]
    private static partial Regex ExitCodeRow();
}
