using System.Globalization;
using System.Text.RegularExpressions;

namespace PhaserAI.Migrations.Execution;

/// <summary>A function that the server was in when it refused something: a line of the error's CONTEXT.</summary>
/// <param name="Name">The function's name without its schema; <c>inline_code_block</c> for DO.</param>
/// <param name="Arguments">The types of its arguments, or null when the server does not say them.</param>
/// <param name="Number">A line of its body; for a function in SQL, which of its statements. 0 when the server does not say.</param>
/// <param name="IsSql">Whether it is written in SQL.</param>
internal sealed partial record ErrorFrame(string Name, string? Arguments, int Number, bool IsSql)
{
    public const string DoBlock = "inline_code_block";

    /// <summary>Innermost first.</summary>
    public static IEnumerable<ErrorFrame> Read(string? context)
    {
        foreach (var line in (context ?? "").Split('\n'))
        {
            if (Running().Match(line) is { Success: true } running)
                yield return Of(running, isSql: false);
            else if (Compiling().Match(line) is { Success: true } compiling)
                yield return Of(compiling, isSql: false);
            else if (RunningSql().Match(line) is { Success: true } sql)
                yield return Of(sql, isSql: true);
        }
    }

    /// <summary>
    /// The line of its data at which COPY failed, from 1 (copyfrom.c, CopyFromErrorCallback): COPY t, line 2, column a: "x".
    /// Translated messages keep the order: COPY t, Zeile 2, Spalte a: »x«.
    /// </summary>
    public static long? ReadCopyLine(string? context, string table)
    {
        foreach (var line in (context ?? "").Split('\n'))
        {
            if (!line.Contains("COPY", StringComparison.Ordinal) || line.IndexOf(table, StringComparison.Ordinal) is not (>= 0 and var name))
                continue;
            var rest = line.AsSpan(name + table.Length);
            var digits = rest[(rest.IndexOfAnyInRange('0', '9') is >= 0 and var first ? first : rest.Length)..];
            var length = digits.IndexOfAnyExceptInRange('0', '9');
            if (long.TryParse(length < 0 ? digits : digits[..length], CultureInfo.InvariantCulture, out var number))
                return number;
        }

        return null;
    }

    private static ErrorFrame Of(Match match, bool isSql)
    {
        var name = match.Groups["name"].Value;
        return new ErrorFrame(
            name[(name.LastIndexOf('.') + 1)..].Trim('"'),
            match.Groups["arguments"] is { Success: true } arguments ? arguments.Value : null,
            int.TryParse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture, out var number) ? number : 0,
            isSql);
    }

    // pl_exec.c, plpgsql_exec_error_callback: "PL/pgSQL function f(integer) line 3 at RAISE". Translated messages keep the
    // order and the name of the language: "PL/pgSQL-Funktion f(integer) Zeile 3 bei RAISE".
    [GeneratedRegex(@"PL/pgSQL\S*\s+(function\s+)?(?<name>inline_code_block|(""([^""]|"""")+""|[\w$]+)(\.(""([^""]|"""")+""|[\w$]+))*(?=\())(\((?<arguments>.*?)\))?,?\s[^\d]*?(?<number>\d+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Running();

    // pl_comp.c, plpgsql_compile_error_callback: compilation of PL/pgSQL function "f" near line 3.
    [GeneratedRegex(@"PL/pgSQL.*?[""«»„](?<name>[^""«»“]+)[""«»“][^\d]*(?<number>\d+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Compiling();

    // functions.c, sql_exec_error_callback: SQL function "f" statement 2, SQL function "f" during startup.
    [GeneratedRegex(@"^SQL function ""(?<name>.+)"" (statement (?<number>\d+)|during)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RunningSql();
}
