using System.Text.Json.Nodes;
using Amazon.CDK;
using Amazon.CDK.Assertions;
using PhaserAI.Infra;

namespace PhaserAI.Migrations.Cdk.Tests;

/// <summary>The templates of one environment, as <c>cdk synth</c> writes them.</summary>
internal sealed class SynthesizedSystem : IDisposable
{
    private readonly BuiltFunction _function;

    private SynthesizedSystem(BuiltFunction function, string folder, MigrationStack stack, string environment)
    {
        _function = function;
        Folder = folder;
        MigrationFile = Path.Combine(folder, $"phaserai-migration-{environment}.template.json");
        DatabaseFile = Path.Combine(folder, $"phaserai-database-{environment}.template.json");
        Migration = Template.FromStack(stack);
    }

    /// <summary>Makes them.</summary>
    /// <param name="environment">dev, test, staging or prod.</param>
    /// <param name="function">What is deployed; null means a stand-in that has packed the migrations of this repository.</param>
    /// <param name="context">What stands after -c.</param>
    public static SynthesizedSystem Of(string environment, BuiltFunction? function = null, params (string Name, string Value)[] context)
    {
        function ??= new BuiltFunction().WithOurs();
        var folder = Path.Combine(function.Root, "cdk.out");
        var settings = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "infra", "cdk.json")))!["context"]!.AsObject();
        var values = PhaserAiSystem.Context;
        foreach (var (name, value) in settings)
            values[name] = value!.GetValue<string>();
        foreach (var (name, value) in context)
            values[name] = value;
        values["environment"] = environment;
        values["migrations"] = function.Sources;
        var app = new App(new AppProps { Outdir = folder, Context = values, AnalyticsReporting = false });
        var stack = PhaserAiSystem.AddTo(app, name => name == "PHASERAI_LAMBDA" ? function.Folder : null);
        app.Synth();
        return new SynthesizedSystem(function, folder, stack, environment);
    }

    /// <summary>cdk.out.</summary>
    public string Folder { get; }

    public string MigrationFile { get; }

    public string DatabaseFile { get; }

    /// <summary>The stack with the function.</summary>
    public Template Migration { get; }

    /// <summary>The resources of both stacks that are of a type.</summary>
    public IEnumerable<JsonObject> Resources(string type) =>
        from file in new[] { DatabaseFile, MigrationFile }
        from resource in JsonNode.Parse(File.ReadAllText(file))!["Resources"]!.AsObject()
        where resource.Value!["Type"]!.GetValue<string>() == type
        select resource.Value!.AsObject();

    /// <summary>The properties of the only resource of a type.</summary>
    public JsonObject Only(string type) => Resources(type).Single()["Properties"]!.AsObject();

    public void Dispose() => _function.Dispose();
}
