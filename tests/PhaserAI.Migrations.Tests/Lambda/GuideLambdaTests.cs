using System.Diagnostics;
using System.Text.Json.Nodes;
using PhaserAI.Migrations.Cli.DevServer;
using PhaserAI.Migrations.Tests.Aws;
using PhaserAI.Migrations.Tests.Cli;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Lambda;

/// <summary>
/// The guide's "Lambda-based Migrations", word for word, in prod: the password from Secrets Manager, TLS with the bundle in the function, a snapshot
/// of RDS before.
/// </summary>
public sealed class GuideLambdaTests(TlsServer tls, MotoServer moto) : IClassFixture<TlsServer>, IClassFixture<MotoServer>
{
    private const string Up = """
        aws lambda invoke \
          --function-name phaserai-migration-prod-MigrationFunction \
          --payload '{"action":"up"}' \
          response.json
        """;

    private const string Status = """
        aws lambda invoke \
          --function-name phaserai-migration-prod-MigrationFunction \
          --payload '{"action":"status"}' \
          response.json && cat response.json
        """;

    [Fact]
    public async Task Its_two_invocations_migrate_and_show_the_status()
    {
        Require.Program(ExternalProgram.FindOnPath("aws"), "aws (pip install awscli)");
        var (database, password) = await tls.CreateDatabaseAsync();
        // The first migration makes an extension.
        await tls.Server.ExecuteAsync($"GRANT CREATE ON DATABASE {database.Address.Database} TO {database.Address.Username}");
        await using var function = TestFunction.Of(database);
        Directory.CreateDirectory(Path.Combine(function.Folder, "certs"));
        File.Copy(tls.Bundle, Path.Combine(function.Folder, "certs", "global-bundle.pem"));
        function.Replace([.. Directory.GetFiles(MigrationFolder.OfRepository, "*.sql").Select(file => (Path.GetFileName(file), File.ReadAllText(file)))]);
        await moto.CreateInstanceAsync("phaserai-prod");
        function.Variables.Clear();
        foreach (var (name, value) in moto.Variables)
            function.Variables[name] = value;
        function.Variables["ENVIRONMENT"] = "prod";
        function.Variables["DB_INSTANCE_IDENTIFIER"] = "phaserai-prod";
        function.Variables["DB_SECRET_ARN"] = await moto.CreateSecretAsync(new JsonObject
        {
            ["engine"] = "postgres",
            ["username"] = database.Address.Username,
            ["password"] = password,
            ["host"] = "localhost",
            ["port"] = database.Address.Port,
            ["dbname"] = database.Address.Database,
        }.ToJsonString());

        var up = await BashAsync(function, Up);
        Assert.True(up.Code == 0, up.ToString());
        Assert.Equal(200, (int?)JsonNode.Parse(up.Out)!["StatusCode"]);
        var response = await File.ReadAllTextAsync(Path.Combine(function.Folder, "response.json"), TestContext.Current.CancellationToken);
        Assert.True(JsonNode.Parse(up.Out)!["FunctionError"] is null, response);
        var run = JsonNode.Parse(response)!;
        Assert.True((bool)run["succeeded"]!, response);
        var snapshot = (string)run["backup"]!["name"]!;
        Assert.Contains($"--db-snapshot-identifier {snapshot} ", (string?)run["backup"]!["restore"], StringComparison.Ordinal);
        Assert.Equal((string?)run["backup"]!["address"], await database.AskAsync("select distinct backup from schema_migrations_log"));
        Assert.Contains(snapshot, await moto.AskRdsAsync("DescribeDBSnapshots", ("DBInstanceIdentifier", "phaserai-prod")), StringComparison.Ordinal);

        var status = await BashAsync(function, Status);
        Assert.True(status.Code == 0, status.ToString());
        var shown = JsonNode.Parse(status.Out[(status.Out.IndexOf("\n}", StringComparison.Ordinal) + 2)..])!;
        Assert.Equal(0, (int?)shown["summary"]!["pending"]);
        Assert.Equal(Directory.GetFiles(MigrationFolder.OfRepository, "*.sql").Length, (int?)shown["summary"]!["applied"]);
        Assert.DoesNotContain(function.Lambda.Log, line => line.Contains(password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failure_is_a_function_error_for_which_aws_returns_0()
    {
        Require.Program(ExternalProgram.FindOnPath("aws"), "aws (pip install awscli)");
        var (database, _) = await tls.CreateDatabaseAsync();
        await using var function = TestFunction.Of(database);
        function.Variables.Clear();

        var status = await BashAsync(function, Status);

        Assert.True(status.Code == 0, status.ToString());
        Assert.Contains("\"FunctionError\": \"Unhandled\"", status.Out, StringComparison.Ordinal);
        Assert.Contains("\"errorType\":\"Usage\"", status.Out, StringComparison.Ordinal);
    }

    private async Task<CliResult> BashAsync(TestFunction function, string lines)
    {
        var start = new ProcessStartInfo("bash", ["-c", lines]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = function.Folder };
        start.Environment.Clear();
        foreach (var name in (string[])["PATH", "HOME", "PYENV_ROOT"])
            start.Environment[name] = Environment.GetEnvironmentVariable(name);
        foreach (var (name, value) in moto.Variables)
            start.Environment[name] = value;
        start.Environment["AWS_DEFAULT_REGION"] = "eu-central-1"; // awscli 1 does not know AWS_REGION
        start.Environment["AWS_ENDPOINT_URL"] = function.Lambda.Endpoint;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new CliResult(process.ExitCode, await output, await error);
    }
}
