using System.Collections.Immutable;
using System.Text;

namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>The migration guide: guide.md beside this file, as it was given and never edited. The blocks that the tests run are cut from it.</summary>
internal static class GuidePage
{
    private const string Fence = "```";

    /// <summary>The file.</summary>
    public static string Path { get; } = System.IO.Path.Combine(MigrationFolder.RepositoryRoot, "tests", "PhaserAI.Migrations.Tests", "Guide", "guide.md");

    /// <summary>All of its fenced blocks.</summary>
    public static ImmutableArray<GuideBlock> Blocks { get; } = Cut(File.ReadAllLines(Path));

    private static ImmutableArray<GuideBlock> Cut(string[] lines)
    {
        var blocks = ImmutableArray.CreateBuilder<GuideBlock>();
        var (chapter, section, language) = ("", "", (string?)null);
        var text = new StringBuilder();
        foreach (var line in lines)
        {
            if (line.StartsWith(Fence, StringComparison.Ordinal))
            {
                if (language is null)
                    language = line[Fence.Length..];
                else
                {
                    blocks.Add(new GuideBlock(blocks.Count + 1, section.Length == 0 ? chapter : $"{chapter}: {section}", language, text.ToString()));
                    text.Clear();
                    language = null;
                }
            }
            else if (language is not null)
                text.Append(line).Append('\n');
            else if (line.StartsWith("## ", StringComparison.Ordinal))
                (chapter, section) = (line[3..], "");
            else if (line.StartsWith("### ", StringComparison.Ordinal) || line.StartsWith("#### ", StringComparison.Ordinal))
                section = line.TrimStart('#').TrimStart();
        }

        return blocks.ToImmutable();
    }
}
