using DbUp;

// Arguments: connection string, folder of scripts. Variables are off because DbUp would take $$ of a function body for one.
var upgrade = DeployChanges.To
    .PostgresqlDatabase(args[0])
    .WithScriptsFromFileSystem(args[1])
    .WithTransactionPerScript()
    .WithVariablesDisabled()
    .LogToConsole()
    .Build();
return upgrade.PerformUpgrade().Successful ? 0 : 1;
