using System.Diagnostics;
using System.Globalization;
using System.Text;
using Xunit;

namespace PhaserAI.Migrations.Tests.Sql;

/// <summary>The real psql, as the oracle for where statements end.</summary>
internal static class Psql
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>The texts of the queries that <c>psql -f</c> sends for a script.</summary>
    public static async Task<IReadOnlyList<string>> QueriesAsync(byte[] script, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var server = new RecordingServer();
        var served = server.ServeAsync(limit.Token);
        using var psql = Start(server.Port);
        try
        {
            var output = psql.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = psql.StandardError.ReadToEndAsync(limit.Token);
            await psql.StandardInput.BaseStream.WriteAsync(script, limit.Token);
            psql.StandardInput.Close();
            await psql.WaitForExitAsync(limit.Token);
            Assert.True(psql.ExitCode == 0, await errors + await output);
            return await served;
        }
        finally
        {
            if (!psql.HasExited)
                psql.Kill();
        }
    }

    private static Process Start(int port)
    {
        // -f - is -f of standard input, read by the same code as a file.
        var start = new ProcessStartInfo("psql", ["-X", "-q", "-w", "-f", "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith("PG", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        start.Environment["PGHOST"] = "127.0.0.1";
        start.Environment["PGPORT"] = port.ToString(CultureInfo.InvariantCulture);
        start.Environment["PGUSER"] = "oracle";
        start.Environment["PGDATABASE"] = "oracle";
        return Process.Start(start)!;
    }
}
