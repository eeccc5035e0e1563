using Npgsql;
using PhaserAI.Migrations.Hosting;
using WordsApi;

var builder = WebApplication.CreateBuilder(args);
var connectionString = builder.Configuration.GetConnectionString("Words")
    ?? throw new InvalidOperationException("Set ConnectionStrings__Words to an Npgsql connection string.");
builder.Services.AddSingleton(_ => NpgsqlDataSource.Create(connectionString));
builder.Services.AddPostgresMigrations(connectionString, options =>
{
    options.Directory = "migrations";
    options.LockWait = TimeSpan.FromMinutes(10);
});
builder.Services.AddHealthChecks().AddPostgresMigrations();

var app = builder.Build();
app.MapHealthChecks("/health");
app.MapGet("/words", WordStore.ListAsync);
app.MapPost("/words", WordStore.AddAsync);
await app.RunAsync();
