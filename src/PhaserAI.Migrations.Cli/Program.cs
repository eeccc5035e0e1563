using System.Runtime.InteropServices;
using System.Text;
using PhaserAI.Migrations.Cli;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
using var cancellation = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Cancel); // the terminal is gone
CliHost host;
try
{
    host = CliHost.OfProcess();
}
catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine("error: the current folder does not exist any more, or can't be read\nnext: change to a folder that exists, and run the command again.");
    return ExitCode.Usage;
}

return await CommandLine.RunAsync(args, host, cancellation.Token);

void Cancel(PosixSignalContext signal)
{
    signal.Cancel = true;
    cancellation.Cancel();
}
