namespace PhaserAI.Migrations.Cdk;

/// <summary>What happens to the database when CloudFormation rolls a stack back to an older set of migrations.</summary>
public enum OnStackRollback
{
    /// <summary>Nothing: the schema stays as new as it is. Migrations that the older code can live with make this safe.</summary>
    Keep,

    /// <summary>What is newer than the older set is rolled back, with the DOWN texts that were stored when it was applied.</summary>
    Down,
}
