namespace PhaserAI.Migrations.Scripts;

/// <summary>Reads files.</summary>
internal static class ScriptFile
{
    /// <summary>
    /// All bytes of a file. One of length 0 is not opened: a named pipe has that length, and opening one waits until
    /// somebody writes to it.
    /// </summary>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a folder.</exception>
    public static byte[] Read(FileInfo file) => file is { Exists: true, Length: 0 } ? [] : File.ReadAllBytes(file.FullName);
}
