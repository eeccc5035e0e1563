using System.Collections.Immutable;

namespace PhaserAI.Migrations.Cli.Completion;

/// <summary>
/// What both shells' scripts are made of. They hold everything: a key that is pressed starts no program and asks no database, so that
/// <c>./scripts/migrate.sh</c> builds nothing. Only versions and files are looked up, by the shell itself.
/// </summary>
internal static class ShellScript
{
    /// <summary>The names under which the tool is called; shells also take them as the end of a path.</summary>
    public const string Programs = "phaserai-migrate migrate.sh";

    /// <summary>
    /// A function for bash (3.2, as of macOS, too) and zsh. It sets _migrations to the folder of migrations, as the tool would find
    /// it: $1 is what --migrations says, $2 the word by which the tool is called. What .env and migrate.toml say is not read.
    /// </summary>
    public const string FindMigrations = """
        _phaserai_migrate_folder() {
          local folder
          _migrations=
          if [[ -n $1 ]]; then
            _migrations=${1/#\~\//$HOME/}
          elif [[ -n ${MIGRATIONS_DIR:-} ]]; then
            _migrations=$MIGRATIONS_DIR
          elif [[ $2 == */migrate.sh ]]; then
            _migrations=${2%/*}/../infra/migrations
            _migrations=${_migrations/#\~\//$HOME/}
          elif [[ -n ${MIGRATE_PROJECT:-} ]]; then
            _migrations=$MIGRATE_PROJECT/infra/migrations
          else
            folder=$PWD
            while [[ -n $folder && ! -d $folder/infra/migrations ]]; do
              folder=${folder%/*}
            done
            _migrations=$folder/infra/migrations
          fi
        }
        """;

    /// <summary>Every option that has a value, in any command.</summary>
    public static IEnumerable<string> OptionsWithValue(IEnumerable<CompletedCommand> commands) => commands
        .SelectMany(command => command.Options)
        .Where(option => option.Value is not null)
        .SelectMany(option => option.Names)
        .Distinct(StringComparer.Ordinal);

    /// <summary>The options of a command whose value is known where it can be found, by what there is to offer.</summary>
    public static IEnumerable<(ImmutableArray<string> Names, CompletedValue Value)> Values(CompletedCommand command) =>
        from option in command.Options
        where option.Value is { Kind: not CompletedKind.Anything }
        select (option.Names, option.Value);
}
