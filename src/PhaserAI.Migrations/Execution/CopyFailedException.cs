using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Execution;

/// <summary>The data of a COPY could not be sent to their end; none of them stay. Never leaves the library: it becomes a report.</summary>
internal sealed class CopyFailedException(DataChangedException cause, StatementOrigin origin) : Exception(cause.Message, cause)
{
    public StatementOrigin Origin => origin;
}
