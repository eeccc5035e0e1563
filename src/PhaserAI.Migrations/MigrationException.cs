namespace PhaserAI.Migrations;

/// <summary>A run can't go on. One subtype a cause; the message is for people and holds no secret.</summary>
public abstract class MigrationException : Exception
{
    private protected MigrationException(string message, string next, Exception? cause = null)
        : base(message, cause) => Next = next;

    /// <summary>What to do or type next.</summary>
    public string Next { get; }
}

/// <summary>No usable connection: no server, wrong password, no database, or a server that can't be written to.</summary>
public sealed class ConnectionFailedException : MigrationException
{
    /// <summary>A failure.</summary>
    /// <param name="message">What failed, and why: one sentence without secrets.</param>
    /// <param name="next">What to do or type next.</param>
    /// <param name="cause">What was thrown underneath.</param>
    public ConnectionFailedException(string message, string next, Exception? cause = null)
        : base(message, next, cause)
    {
    }
}

/// <summary>Another run held the lock for longer than this one was to wait.</summary>
public sealed class LockNotAcquiredException : MigrationException
{
    internal LockNotAcquiredException(string message, string next, LockHolder? holder, TimeSpan waited)
        : base(message, next) => (Holder, Waited) = (holder, waited);

    /// <summary>Who holds it, as far as the server says.</summary>
    public LockHolder? Holder { get; }

    /// <summary>How long it was waited for.</summary>
    public TimeSpan Waited { get; }
}

/// <summary>The history can't be read or made: a right is missing, or the table is not as the tool knows it.</summary>
public sealed class HistoryUnusableException : MigrationException
{
    internal HistoryUnusableException(string message, string next, Exception? cause = null)
        : base(message, next, cause)
    {
    }
}

/// <summary>The version asked for is neither among the files nor in the history.</summary>
public sealed class UnknownVersionException : MigrationException
{
    internal UnknownVersionException(string message, string next)
        : base(message, next)
    {
    }
}

/// <summary>The environment does not allow it, or who was asked has said no (<see cref="MigrationOptions.Approve"/>).</summary>
public sealed class NotAllowedException : MigrationException
{
    /// <summary>A refusal.</summary>
    /// <param name="message">What is refused, and why: one sentence without secrets.</param>
    /// <param name="next">What to do or type next.</param>
    public NotAllowedException(string message, string next)
        : base(message, next)
    {
    }
}

/// <summary>A migration's file can't be written, named or deleted.</summary>
public sealed class ScriptNotWrittenException : MigrationException
{
    internal ScriptNotWrittenException(string message, string next, Exception cause)
        : base(message, next, cause)
    {
    }
}

/// <summary>A backup can't be made, read, restored or proved.</summary>
public class BackupFailedException : MigrationException
{
    /// <summary>A failure.</summary>
    /// <param name="message">What failed, and why: one sentence without secrets.</param>
    /// <param name="next">What to do or type next.</param>
    /// <param name="cause">What was thrown underneath.</param>
    public BackupFailedException(string message, string next, Exception? cause = null)
        : base(message, next, cause)
    {
    }
}

/// <summary>The store has an object of that name already.</summary>
public sealed class BackupNameTakenException : BackupFailedException
{
    /// <summary>The failure.</summary>
    /// <param name="address">The object's address.</param>
    public BackupNameTakenException(string address)
        : base($"there is a backup {address} already", "Run it again: the name holds the time, to the second.")
    {
    }
}
