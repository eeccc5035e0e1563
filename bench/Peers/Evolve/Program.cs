using Npgsql;

// Arguments: connection string, folder of scripts
using var connection = new NpgsqlConnection(args[0]);
new EvolveDb.Evolve(connection, Console.WriteLine) { Locations = [args[1]] }.Migrate();
