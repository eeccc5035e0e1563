using System.Collections.Immutable;
using System.Globalization;
using PhaserAI.Migrations.Comparison.Measuring;

namespace PhaserAI.Migrations.Comparison;

/// <summary>Who is compared, each called as its own documentation says, with its output kept off the terminal.</summary>
internal sealed class Contenders(Tools tools)
{
    public const string Ours = "phaserai-migrate", Psql = "psql, one process", Floor = "floor (libpq)", Dbmate = "dbmate";

    public ImmutableArray<Contender> All =>
    [
        new(Ours, "ours", "guide", place => OurCall(place, "up")) { Status = place => OurCall(place, "status") },
        new(Psql, "psql", "psql", place => PsqlCall(place, "up.sql")),
        new(Floor, "floor", "floor", place => new ProgramCall(tools.In("floor"), [Uri(place), Path.Combine(place.Folder, "up.sql")])),
        // `up` would also look whether the database is there
        new(Dbmate, "dbmate", "dbmate", place => DbmateCall(place, "migrate")) { Status = place => DbmateCall(place, "status") },
        new("DbUp", "dbup", "dbup", place => new ProgramCall(tools.In("dbup", "run-dbup"), [NpgsqlString(place), place.Folder])) { IsOnlyCompared = true },
        new("Evolve", "evolve", "evolve", place => new ProgramCall(tools.In("evolve", "run-evolve"), [NpgsqlString(place), place.Folder])) { IsOnlyCompared = true },
        new("grate", "grate", "grate", GrateCall) { IsOnlyCompared = true },
    ];

    public ProgramCall OurCall(Place place, params ReadOnlySpan<string> arguments) =>
        new(tools.In("native", "phaserai-migrate"), [.. arguments])
        {
            Variables = ImmutableDictionary.CreateRange(
            [
                KeyValuePair.Create("DB_HOST", "127.0.0.1"),
                KeyValuePair.Create("DB_PORT", Port(place)),
                KeyValuePair.Create("DB_NAME", place.Database),
                KeyValuePair.Create("DB_USER", "postgres"),
                KeyValuePair.Create("DB_SSLMODE", "disable"),
                KeyValuePair.Create("MIGRATIONS_DIR", place.Folder),
            ]),
        };

    public ProgramCall PsqlCall(Place place, string file) =>
        new(tools.In("psql"), ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", Uri(place), "-f", Path.Combine(place.Folder, file)]);

    private ProgramCall DbmateCall(Place place, string command) =>
        new(tools.In("dbmate"), ["--no-dump-schema", "--migrations-dir", place.Folder, "--url", Uri(place), command]);

    private ProgramCall GrateCall(Place place) => new(
        tools.In("grate", "grate"),
        ["--connstring", NpgsqlString(place), "--databasetype", "postgresql", "--files", place.Folder, "--createdatabase=false", "--silent", "--output", tools.WorkFile("grate-output")]);

    private static string Uri(Place place) => $"postgres://postgres@127.0.0.1:{Port(place)}/{place.Database}?sslmode=disable";

    private static string NpgsqlString(Place place) => $"Host=127.0.0.1;Port={Port(place)};Username=postgres;Database={place.Database};SSL Mode=Disable";

    private static string Port(Place place) => place.Port.ToString(CultureInfo.InvariantCulture);
}
