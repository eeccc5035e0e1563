namespace PhaserAI.Migrations.Scripts;

/// <summary>Reads files.</summary>
internal static class ScriptFile
{
    /// <summary>
    /// The text of a file. One of length 0 is not opened: a named pipe has that length, and opening one waits until
    /// somebody writes to it.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="label">What messages call it.</param>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static SourceText Read(FileInfo file, string label) => file is { Exists: true, Length: 0 }
        ? new SourceText(label, [])
        : LargeScript.TryRead(file, label) ?? new SourceText(label, File.ReadAllBytes(file.FullName));
}
