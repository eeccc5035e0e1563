namespace PhaserAI.Migrations;

/// <summary>How data are lost.</summary>
public enum DataLossKind
{
    /// <summary>The object is dropped: a table, a materialized view, a column, a sequence, a database.</summary>
    Drop,

    /// <summary>The table stays, without its rows: TRUNCATE, or DELETE without WHERE.</summary>
    Empty,

    /// <summary>Some rows of the table are deleted.</summary>
    Delete,

    /// <summary>Values of every row are overwritten: UPDATE without WHERE.</summary>
    Overwrite,
}
