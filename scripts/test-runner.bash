# What the scripts that run tests have in common; they source it. Whatever ends them, their last line is "N passed, N failed", and
# ", N skipped" when there are any.
# shellcheck shell=bash

before_last_line() { :; } # for what a script has to clean up

finish() { # passed failed skipped
  local line="$1 passed, $2 failed"
  [[ $3 -eq 0 ]] || line+=", $3 skipped"
  trap - EXIT
  before_last_line
  printf '\n%s\n' "$line" # the runner's colours may have left the cursor inside a line
  [[ $1 -gt 0 && $2 -eq 0 ]] || exit 1
  exit 0
}
trap 'finish 0 1 0' EXIT

give_up() {
  printf "${0##*/}: %s\n" "$@" >&2
  finish 0 1 0
}

# The tests of a project that is built; the runner's own report, not its screen output, says how many
run_tests() { # project, report, the runner's arguments
  local project=$1 results=$2 colour=-noColor status=0 passed failed skipped
  shift 2
  mkdir -p "${results%/*}"
  rm -f "$results"
  [[ -t 1 && -z ${NO_COLOR:-} ]] && colour=
  # More threads than processors, because many tests wait: for locks, timeouts and processes that were killed
  UseSharedCompilation=false dotnet run --no-build -c Release --project "$project" -- \
    -maxThreads 1.5x -noLogo ${colour:+"$colour"} -result-xml "$results" "$@" || status=$?
  [[ -s $results ]] || give_up "the test runner ended with exit code $status and without a report."
  passed=$(counted passed)
  failed=$(($(counted failed) + $(counted errors)))
  skipped=$(counted skipped)
  if [[ $failed -eq 0 && ($status -ne 0 || $passed -eq 0) ]]; then
    echo "${0##*/}: the test runner ended with exit code $status after $passed tests" >&2
    failed=1
  fi
  finish "$passed" "$failed" "$skipped"
}

counted() {
  sed -n "s/.*<assembly [^>]* $1=\"\([0-9][0-9]*\)\".*/\1/p" "$results" | grep . || echo 0
}
