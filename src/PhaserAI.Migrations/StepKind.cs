namespace PhaserAI.Migrations;

/// <summary>How a step meets transactions.</summary>
public enum StepKind
{
    /// <summary>All statements of the step in one transaction.</summary>
    Transaction,

    /// <summary>One statement that PostgreSQL refuses inside a transaction block, alone.</summary>
    Autocommit,
}
