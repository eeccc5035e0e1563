using System.Text;
using PhaserAI.Migrations.Lambda;

var log = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardError(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true });
var function = new MigrationFunction(new FunctionHost(Environment.GetEnvironmentVariable, log, TimeProvider.System));
return await RuntimeLoop.RunAsync(function, CancellationToken.None);
