using Amazon.CDK;
using PhaserAI.Infra;
using PhaserAI.Migrations.Cdk;

var app = new App(new AppProps { Context = PhaserAiSystem.Context });
try
{
    PhaserAiSystem.AddTo(app, System.Environment.GetEnvironmentVariable);
}
catch (SynthesisException problem)
{
    Console.Error.WriteLine(problem.Message.TrimEnd());
    return 1;
}

app.Synth();
return 0;
