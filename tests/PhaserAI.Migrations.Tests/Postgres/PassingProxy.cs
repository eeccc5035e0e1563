namespace PhaserAI.Migrations.Tests.Postgres;

/// <summary>Passes on everything; the server sees another port than the client has, as where addresses are translated.</summary>
internal sealed class PassingProxy(string host, int port, int own = 0) : LoopbackProxy(host, port, own);
