using System.Collections.Immutable;

namespace PhaserAI.Migrations.Cli.Completion;

/// <summary>What a shell can offer for a value.</summary>
/// <param name="Kind">Of which kind it is.</param>
/// <param name="Words">For <see cref="CompletedKind.Word"/>: what there is to choose from.</param>
internal sealed record CompletedValue(CompletedKind Kind, ImmutableArray<string> Words);

/// <summary>Where a shell finds what it offers.</summary>
internal enum CompletedKind
{
    /// <summary>Nowhere: a name, a text, a number.</summary>
    Anything,

    /// <summary>In the declaration.</summary>
    Word,

    /// <summary>In the folder of migrations.</summary>
    Version,

    /// <summary>On the disk, where the name ends with .sql.</summary>
    SqlFile,

    /// <summary>On the disk.</summary>
    File,

    /// <summary>On the disk, folders alone.</summary>
    Folder,
}
