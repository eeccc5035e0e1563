using System.Collections.Immutable;
using System.Text;

namespace PhaserAI.Migrations.Cli.Completion;

/// <summary>The completion of bash; the one of macOS (3.2) is enough.</summary>
internal static class BashScript
{
    public static string Write(ImmutableArray<CompletedCommand> commands)
    {
        var script = new StringBuilder();
        script.Append($$"""
            # Completion of {{ShellScript.Programs}} for bash: source <(phaserai-migrate completion bash)
            {{ShellScript.FindMigrations}}

            _phaserai_migrate() {
              local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} word= command= migrations= i argument=0
              # bash cuts --output=json into three words.
              if [[ $cur == = ]]; then
                cur=
              elif [[ $prev == = ]]; then
                prev=${COMP_WORDS[COMP_CWORD - 2]}
              fi
              for ((i = 1; i < COMP_CWORD; i++)); do
                word=${COMP_WORDS[i]}
                case $word in
                  --) return ;;
                  =) ;;
                  {{string.Join(" | ", ShellScript.OptionsWithValue(commands))}})
                    [[ ${COMP_WORDS[i + 1]} != = ]] || ((i++))
                    ((i++))
                    [[ $word != --migrations ]] || migrations=${COMP_WORDS[i]}
                    ;;
                  -*) ;;
                  *)
                    case "$command $word" in
                      {{string.Join(" | ", commands.Where(command => command.Path.Length > 0).Select(command => $"'{(command.Path.Contains(' ', StringComparison.Ordinal) ? "" : " ")}{command.Path}'"))}})
                        command=${command:+$command }$word ;;
                      *) ((argument++)) ;;
                    esac
                    ;;
                esac
              done
              COMPREPLY=()

            """);
        script.Append("  case \"$command:$prev\" in\n");
        foreach (var command in commands)
        {
            foreach (var (names, value) in ShellScript.Values(command))
                script.Append($"    {string.Join(" | ", names.Select(name => $"'{command.Path}:{name}'"))}) {Offer(value)}; return ;;\n");
        }

        script.Append("""
              esac
              # The value of another option: nobody knows it.
              case $prev in

            """);
        script.Append($"    {string.Join(" | ", ShellScript.OptionsWithValue(commands))}) return ;;\n  esac\n");
        script.Append("  if [[ $cur == -* ]]; then\n    case $command in\n");
        foreach (var command in commands)
            script.Append($"      '{command.Path}') COMPREPLY=($(compgen -W '{string.Join(' ', command.Options.SelectMany(option => option.Names).Where(name => name.Length > 2))}' -- \"$cur\")) ;;\n");
        script.Append("    esac\n    return\n  fi\n  case $command in\n");
        foreach (var command in commands.Where(command => command.Commands.Length > 0 || command.Argument is { Kind: not CompletedKind.Anything }))
        {
            var offer = command.Commands.Length > 0
                ? $"COMPREPLY=($(compgen -W '{string.Join(' ', command.Commands.Select(below => below.Name))}' -- \"$cur\"))"
                : command.IsRepeated ? Offer(command.Argument!) : $"((argument > 0)) || {Offer(command.Argument!)}";
            script.Append($"    '{command.Path}') {offer} ;;\n");
        }

        script.Append($$"""
              esac
            }

            # Versions of the folder; part of a description is enough when only one has it.
            _phaserai_migrate_versions() {
              local _migrations file found=()
              _phaserai_migrate_folder "$migrations" "${COMP_WORDS[0]}"
              for file in "$_migrations"/[0-9]*_[0-9]*_*.sql; do
                [[ -e $file ]] || continue
                file=${file##*/}
                [[ $file == "$cur"* ]] && COMPREPLY+=("${file:0:15}")
                [[ -z $cur || ${file:16} != *"$cur"* ]] || found+=("${file:0:15}")
              done
              [[ ${#COMPREPLY[@]} -ne 0 || ${#found[@]} -ne 1 ]] || COMPREPLY=("${found[0]}")
            }

            # A folder gets its slash, a name with a space its backslash.
            _phaserai_migrate_files() {
              local IFS=$'\n'
              compopt -o filenames 2>/dev/null || true
              case $1 in
                sql) COMPREPLY=($(compgen -f -X '!*.sql' -- "$cur") $(compgen -d -- "$cur")) ;;
                folder) COMPREPLY=($(compgen -d -- "$cur")) ;;
                *) COMPREPLY=($(compgen -f -- "$cur")) ;;
              esac
            }

            complete -F _phaserai_migrate {{ShellScript.Programs}}

            """);
        return script.ToString();
    }

    private static string Offer(CompletedValue value) => value.Kind switch
    {
        CompletedKind.Word => $"COMPREPLY=($(compgen -W '{string.Join(' ', value.Words.Where(word => !word.Contains(' ', StringComparison.Ordinal)))}' -- \"$cur\"))",
        CompletedKind.Version => "_phaserai_migrate_versions",
        CompletedKind.SqlFile => "_phaserai_migrate_files sql",
        CompletedKind.File => "_phaserai_migrate_files file",
        _ => "_phaserai_migrate_files folder",
    };
}
