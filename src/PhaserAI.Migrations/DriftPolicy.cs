namespace PhaserAI.Migrations;

/// <summary>What to do about a difference between the files and the history.</summary>
public enum DriftAction
{
    /// <summary>Say nothing.</summary>
    Allow,

    /// <summary>Say it and go on.</summary>
    Warn,

    /// <summary>Refuse to run.</summary>
    Fail,
}

/// <summary>What <c>up</c> does about each kind of difference between the files and the history.</summary>
/// <param name="Changed">A file whose SQL is no longer what was applied. Edited comments only ever warn.</param>
/// <param name="Missing">An applied migration whose file is gone.</param>
/// <param name="OutOfOrder">A pending migration that is older than an applied one.</param>
public sealed record DriftPolicy(DriftAction Changed, DriftAction Missing, DriftAction OutOfOrder)
{
    /// <summary>For development: differences are normal while branches come and go.</summary>
    public static DriftPolicy Lenient { get; } = new(DriftAction.Warn, DriftAction.Warn, DriftAction.Allow);

    /// <summary>For every other environment.</summary>
    public static DriftPolicy Strict { get; } = new(DriftAction.Fail, DriftAction.Fail, DriftAction.Fail);
}
