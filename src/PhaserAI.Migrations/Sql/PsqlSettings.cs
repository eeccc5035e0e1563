namespace PhaserAI.Migrations.Sql;

/// <summary>Variables that psql itself obeys. Those that only shape its output are like any other.</summary>
internal static class PsqlSettings
{
    private const string Remove = "Remove it.";

    /// <summary>Why a script may not give this value to a variable (null: \unset), and what to do; null when it may.</summary>
    public static (string Message, string Mend)? Refuse(string name, string? value) => name switch
    {
        "ON_ERROR_STOP" when !IsOn(value) => ("a migration always stops at the first error", Remove),
        "AUTOCOMMIT" when !IsOn(value) => ("with AUTOCOMMIT off, psql would keep the transaction open until a COMMIT", "Remove it, and write BEGIN and COMMIT."),
        "ON_ERROR_ROLLBACK" when IsOn(value) => ("a migration goes on after no error", Remove),
        "SINGLELINE" when IsOn(value) => ("with SINGLELINE, psql would end statements at the end of a line", "Remove it, and end statements with semicolons."),
        _ => null,
    };

    // ParseVariableBool: any beginning of true and yes, on, 1; \set without a value is on. Another value psql refuses.
    private static bool IsOn(string? value) => value is not null
        && (value is "" or "1" || value.Equals("on", StringComparison.OrdinalIgnoreCase)
            || "true".StartsWith(value, StringComparison.OrdinalIgnoreCase) || "yes".StartsWith(value, StringComparison.OrdinalIgnoreCase));
}
