using System.Collections.Immutable;
using System.Text;
using PhaserAI.Migrations.Cli.Commands;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>The project's .env and migrate.toml, as far as there are such files.</summary>
/// <param name="Variables">What .env sets.</param>
/// <param name="Toml">migrate.toml.</param>
/// <param name="Names">The files that there are.</param>
/// <param name="Problems">What can't be read in them.</param>
internal sealed record SettingFiles(
    IReadOnlyDictionary<string, SettingValue> Variables, MigrateToml? Toml, ImmutableArray<string> Names, ImmutableArray<SettingProblem> Problems)
{
    private const int FewEdits = 2;

    private static readonly Dictionary<string, SettingValue> None = [];
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static SettingFiles Read(CliHost host, ProjectFolder project)
    {
        var problems = ImmutableArray.CreateBuilder<SettingProblem>();
        var names = ImmutableArray.CreateBuilder<string>();
        var variables = None as IReadOnlyDictionary<string, SettingValue>;
        if (ReadText(".env") is var (file, text))
        {
            var read = DotEnv.Read(file, project.Path, text, name => KnownSettings.Find(name) is not null);
            variables = read.Values;
            problems.AddRange(read.Problems);
        }

        MigrateToml? toml = null;
        if (ReadText("migrate.toml") is var (tomlFile, tomlText))
        {
            toml = MigrateToml.Read(tomlFile, project.Path, tomlText);
            problems.AddRange(toml.Problems);
        }

        return new SettingFiles(variables, toml, names.ToImmutable(), problems.ToImmutable());

        (string File, string Text)? ReadText(string name)
        {
            var path = Path.Combine(project.Path, name);
            if (!File.Exists(path))
                return null;
            var shown = ProjectFolder.Shorten(path, host.CurrentDirectory);
            names.Add(shown);
            try
            {
                return (shown, Utf8.GetString(WithoutMark(File.ReadAllBytes(path))));
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                problems.Add(new SettingProblem($"{shown} can't be read: {unreadable.Message}", "Make it readable for you, or remove it."));
            }
            catch (DecoderFallbackException)
            {
                problems.Add(new SettingProblem($"{shown} is not UTF-8", "Save it as UTF-8."));
            }

            return null;
        }
    }

    /// <summary>Variables of .env that are nearly one of the tool's which is set nowhere: a slip of the fingers, or another program's.</summary>
    public IEnumerable<string> NearMisses(Func<Setting, bool> isSet)
    {
        foreach (var (name, value) in Variables)
        {
            if (KnownSettings.Find(name) is not null || Nearest.Of(name, KnownSettings.LowerCaseVariables, FewEdits)?.ToUpperInvariant() is not { } meant)
                continue;
            if (!isSet(KnownSettings.Find(meant)!))
                yield return $"{value.Source}: {name} is not a setting of this tool; did you mean {meant}?";
        }
    }

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) => bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
}
