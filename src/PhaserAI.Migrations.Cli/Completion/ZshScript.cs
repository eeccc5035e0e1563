using System.Collections.Immutable;
using System.Text;

namespace PhaserAI.Migrations.Cli.Completion;

/// <summary>The completion of zsh, with what each command and option does.</summary>
internal static class ZshScript
{
    public static string Write(ImmutableArray<CompletedCommand> commands)
    {
        var script = new StringBuilder();
        script.Append($$"""
            #compdef {{ShellScript.Programs}}
            # Completion for zsh: source <(phaserai-migrate completion zsh), after compinit
            {{ShellScript.FindMigrations}}

            _phaserai_migrate() {
              local cur=${words[CURRENT]} prev=${words[CURRENT - 1]} word= command= migrations= i argument=0
              local -a offered
              if [[ $cur == --*=* ]]; then
                prev=${cur%%=*}
                compset -P '*='
              fi
              for ((i = 2; i < CURRENT; i++)); do
                word=${words[i]}
                case $word in
                  (--) return 1 ;;
                  (--migrations=*) migrations=${word#*=} ;;
                  ({{string.Join("|", ShellScript.OptionsWithValue(commands))}})
                    ((i++))
                    [[ $word != --migrations ]] || migrations=${words[i]}
                    ;;
                  (-*) ;;
                  (*)
                    case "$command $word" in
                      ({{string.Join("|", commands.Where(command => command.Path.Length > 0).Select(command => $"'{(command.Path.Contains(' ', StringComparison.Ordinal) ? "" : " ")}{command.Path}'"))}})
                        command=${command:+$command }$word ;;
                      (*) ((argument++)) ;;
                    esac
                    ;;
                esac
              done

            """);
        script.Append("  case \"$command:$prev\" in\n");
        foreach (var command in commands)
        {
            foreach (var (names, value) in ShellScript.Values(command))
                script.Append($"    ({string.Join('|', names.Select(name => $"'{command.Path}:{name}'"))}) {Offer(value)}; return ;;\n");
        }

        script.Append($"  esac\n  # The value of another option: nobody knows it.\n  case $prev in\n    ({string.Join('|', ShellScript.OptionsWithValue(commands))}) return 1 ;;\n  esac\n");
        script.Append("  if [[ $cur == -* ]]; then\n    case $command in\n");
        foreach (var command in commands)
        {
            var options = command.Options.Select(option => Quote($"{option.Names.First(name => name.Length > 2 || option.Names.Length == 1)}:{option.Help}"));
            script.Append($"      ('{command.Path}') offered=({string.Join(' ', options)}) ;;\n");
        }

        script.Append("    esac\n    _describe -o option offered\n    return\n  fi\n  case $command in\n");
        foreach (var command in commands.Where(command => command.Commands.Length > 0 || command.Argument is { Kind: not CompletedKind.Anything }))
        {
            var offer = command.Commands.Length > 0
                ? $"offered=({string.Join(' ', command.Commands.Select(below => Quote($"{below.Name}:{below.Help}")))}); _describe command offered"
                : command.IsRepeated ? Offer(command.Argument!) : $"((argument > 0)) || {Offer(command.Argument!)}";
            script.Append($"    ('{command.Path}') {offer} ;;\n");
        }

        script.Append($$"""
              esac
            }

            _phaserai_migrate_versions() {
              local _migrations file
              local -a versions
              _phaserai_migrate_folder "$migrations" "${words[1]}"
              for file in "$_migrations"/[0-9]*_[0-9]*_*.sql(N); do
                file=${${file:t}%.sql}
                versions+=("${file[1,15]}:${file[17,-1]//_/ }")
              done
              _describe -V version versions
            }

            # From a folder of $fpath it is read when Tab is pressed for the first time.
            if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
              _phaserai_migrate "$@"
            else
              compdef _phaserai_migrate {{ShellScript.Programs}}
            fi

            """);
        return script.ToString();
    }

    private static string Offer(CompletedValue value) => value.Kind switch
    {
        CompletedKind.Word => $"compadd -- {string.Join(' ', value.Words.Select(Quote))}",
        CompletedKind.Version => "_phaserai_migrate_versions",
        CompletedKind.SqlFile => "_files -g '*.sql'",
        CompletedKind.File => "_files",
        _ => "_files -/",
    };

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
