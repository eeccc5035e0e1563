using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using PhaserAI.Migrations.Cli.DevServer;
using PhaserAI.Migrations.Tests.Lambda;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>
/// "Lambda-based Migrations" and "Automated Deployment via CDK", in prod: the password from Secrets Manager, TLS with the bundle in the function, a
/// snapshot of RDS before.
/// </summary>
[Collection(GuideServers.Name)]
public sealed class LambdaTests(GuideServers servers)
{
    [Fact, RunsBlocks(16, 17)]
    public async Task Two_invocations_migrate_and_show_the_status()
    {
        Require.Program(ExternalProgram.FindOnPath("aws"), "aws (pip install awscli)");
        await using var database = await servers.CreateDatabaseAsync("phaserai_prod", "phaserai_admin");
        await using var function = await FunctionAsync(database);
        await using var project = new GuideProject(servers);
        project.Set("AWS_ENDPOINT_URL", function.Lambda.Endpoint);

        var up = await project.TypeAsync(16);
        Assert.True(up.Code == 0, up.ToString());
        Assert.Equal(200, (int?)JsonNode.Parse(up.Out)!["StatusCode"]);
        var response = await File.ReadAllTextAsync(Path.Combine(project.Folder, "response.json"), TestContext.Current.CancellationToken);
        Assert.True(JsonNode.Parse(up.Out)!["FunctionError"] is null, response);
        var run = JsonNode.Parse(response)!;
        Assert.True((bool)run["succeeded"]!, response);
        var snapshot = (string)run["backup"]!["name"]!;
        Assert.Contains($"--db-snapshot-identifier {snapshot} ", (string?)run["backup"]!["restore"], StringComparison.Ordinal);
        Assert.Equal((string?)run["backup"]!["address"], await database.AskAsync("select distinct backup from schema_migrations_log"));
        Assert.Contains(snapshot, await servers.Moto.AskRdsAsync("DescribeDBSnapshots", ("DBInstanceIdentifier", InstanceOf(function))), StringComparison.Ordinal);

        var status = await project.TypeAsync(17);
        Assert.True(status.Code == 0, status.ToString());
        var shown = JsonNode.Parse(status.Out[(status.Out.IndexOf("\n}", StringComparison.Ordinal) + 2)..])!;
        Assert.Equal(0, (int?)shown["summary"]!["pending"]);
        Assert.Equal(Directory.GetFiles(project.Migrations).Length, (int?)shown["summary"]!["applied"]);
        Assert.DoesNotContain(function.Lambda.Log, line => line.Contains(GuideServers.AdminPassword, StringComparison.Ordinal));

        // A failure is a function error, for which aws returns 0.
        function.Variables["DB_SECRET_ARN"] = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:gone";
        function.Lambda.Recycle();
        var failed = await project.TypeAsync(17);
        Assert.True(failed.Code == 0, failed.ToString());
        Assert.Contains("\"FunctionError\": \"Unhandled\"", failed.Out, StringComparison.Ordinal);
        Assert.Contains("\"errorType\":\"", failed.Out, StringComparison.Ordinal);
    }

    [Fact, RunsBlocks(10)]
    public async Task Deploying_the_stacks_migrates()
    {
        await using var database = await servers.CreateDatabaseAsync("phaserai_prod", "phaserai_admin");
        await using var function = await FunctionAsync(database);
        await using var stack = new FakeCloudFormation(function.Lambda);
        await using var project = new GuideProject(servers);
        // Stands for the CDK's own program: says what was typed where, and waits for what becomes of the stack.
        project.WriteProgram("cdk", """
            #!/usr/bin/env bash
            exec 3<>"/dev/tcp/127.0.0.1/$CDK_PORT"
            printf '%s %s\n' "$PWD" "$*" >&3
            read -r state <&3
            echo "$state"
            [[ $state == CREATE_COMPLETE ]]
            """);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        project.Set("CDK_PORT", $"{((IPEndPoint)listener.LocalEndpoint).Port}");

        var typed = project.TypeAsync(10);
        var called = listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken).AsTask();
        if (await Task.WhenAny(typed, called) == typed)
            Assert.Fail((await typed).ToString());
        using var client = await called;
        using var reader = new StreamReader(client.GetStream());
        Assert.Equal($"{project.Folder}/infra deploy --all", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        var state = await stack.CreateAsync(new StackSet(() => { }, new JsonObject
        {
            ["ServiceToken"] = "arn",
            ["ServiceTimeout"] = "3600",
            ["MigrationsHash"] = "1",
            ["Database"] = "db-ABC",
            ["Environment"] = "prod",
            ["Version"] = Path.GetFileName(Directory.GetFiles(project.Migrations).Max())![..15],
        }));
        await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(state + "\n"), TestContext.Current.CancellationToken);

        var deployed = await typed;
        Assert.True(deployed.Code == 0, deployed + "\n" + stack.Last);
        Assert.Contains("CREATE_COMPLETE", deployed.Out, StringComparison.Ordinal);
        Assert.Equal($"{Directory.GetFiles(project.Migrations).Length}", await database.AskAsync("select count(*) from schema_migrations"));
        Assert.Empty(stack.Refusals);
    }

    private static string InstanceOf(TestFunction function) => function.Variables["DB_INSTANCE_IDENTIFIER"];

    /// <summary>The deployed function, with the repository's migrations.</summary>
    private async Task<TestFunction> FunctionAsync(TestDatabase database)
    {
        var function = TestFunction.Of(database);
        Directory.CreateDirectory(Path.Combine(function.Folder, "certs"));
        File.Copy(servers.Tls.Bundle, Path.Combine(function.Folder, "certs", "global-bundle.pem"));
        function.Replace([.. Directory.GetFiles(MigrationFolder.OfRepository, "*.sql").Select(file => (Path.GetFileName(file), File.ReadAllText(file)))]);
        var instance = "i-" + Guid.NewGuid().ToString("N");
        await servers.Moto.CreateInstanceAsync(instance);
        function.Variables.Clear();
        foreach (var (name, value) in servers.Moto.Variables)
            function.Variables[name] = value;
        function.Variables["ENVIRONMENT"] = "prod";
        function.Variables["DB_INSTANCE_IDENTIFIER"] = instance;
        function.Variables["DB_SECRET_ARN"] = await servers.Moto.CreateSecretAsync(new JsonObject
        {
            ["engine"] = "postgres",
            ["username"] = "phaserai_admin",
            ["password"] = GuideServers.AdminPassword,
            ["host"] = "localhost",
            ["port"] = servers.Port,
            ["dbname"] = "phaserai_prod",
        }.ToJsonString());
        return function;
    }
}
