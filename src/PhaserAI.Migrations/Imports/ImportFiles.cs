using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Imports;

/// <summary>
/// The new files of an import. They are written under names that no run reads, before the history is, so that a full disk or a missing
/// right is found while nothing is recorded; and get their own names afterwards, so that no run finds what is applied pending.
/// </summary>
internal sealed class ImportFiles(string folder, IEnumerable<MigrationScript> scripts)
{
    private readonly MigrationScript[] _scripts = [.. scripts];

    /// <summary>Writes them under the names that no run reads.</summary>
    /// <exception cref="ScriptNotWrittenException">One can't be written; none is left.</exception>
    public void Stage()
    {
        try
        {
            Directory.CreateDirectory(folder);
            foreach (var script in _scripts)
            {
                using var file = new FileStream(StagedPath(script), FileMode.Create, FileAccess.Write);
                file.Write(script.Text.Bytes);
                file.Flush(flushToDisk: true);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Discard();
            throw new ScriptNotWrittenException(
                $"the new files can't be written: {failure.Message}; nothing was changed", "Make room, or the folder writable, and run import again.", failure);
        }
    }

    /// <summary>Gives them their names; none that is there is replaced.</summary>
    /// <exception cref="ScriptNotWrittenException">One can't get it; the history is written by now.</exception>
    public void Publish()
    {
        try
        {
            foreach (var script in _scripts)
                File.Move(StagedPath(script), Path.Combine(folder, script.FileName), overwrite: false);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ScriptNotWrittenException(
                $"the history is recorded, but a file could not get its name: {failure.Message}", "Mend that, and run import again: it goes on with the files.", failure);
        }
    }

    /// <summary>Deletes what was staged.</summary>
    public void Discard()
    {
        try
        {
            foreach (var script in _scripts)
                File.Delete(StagedPath(script));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // No run reads them, and the next import writes over them.
        }
    }

    /// <summary>Deletes the files that they take the place of.</summary>
    /// <exception cref="ScriptNotWrittenException">One can't be deleted.</exception>
    public static void Remove(IEnumerable<string> paths)
    {
        try
        {
            foreach (var path in paths)
                File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ScriptNotWrittenException(
                $"everything is imported, but an old file can't be deleted: {failure.Message}", "Delete the old files by hand.", failure);
        }
    }

    private string StagedPath(MigrationScript script) => Path.Combine(folder, $".{script.FileName}.import");
}
