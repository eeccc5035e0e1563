#!/usr/bin/env bash
# Builds the samples and runs their tests: on the server that WORDS_TEST_SERVER names, else on the development database's, which is
# stopped again if it did not run before. Arguments go to the test runner. The last line is always "N passed, N failed", and
# ", N skipped" when there are any.
set -euo pipefail
unset CDPATH
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

results=artifacts/test-results-samples.xml
stop_server=false

finish() { # passed failed skipped
  local line="$1 passed, $2 failed"
  [[ $3 -eq 0 ]] || line+=", $3 skipped"
  trap - EXIT
  [[ $stop_server == false ]] || scripts/migrate.sh dev stop --quiet >/dev/null || true
  printf '\n%s\n' "$line"
  [[ $1 -gt 0 && $2 -eq 0 ]] || exit 1
  exit 0
}
trap 'finish 0 1 0' EXIT

give_up() {
  printf 'test-samples.sh: %s\n' "$@" >&2
  finish 0 1 0
}

command -v dotnet >/dev/null || give_up 'the tests need the .NET SDK 10: https://dotnet.microsoft.com/download/dotnet/10.0'

mkdir -p artifacts
rm -f "$results"
# No build servers: they would outlive the script and keep its pipes open
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
dotnet build samples/Samples.slnx -c Release --nologo -v quiet -tl:off || give_up 'the build failed; its messages are above.'
dotnet format whitespace samples --folder --verify-no-changes || give_up 'mend the formatting with dotnet format whitespace samples --folder'

if [[ -z ${WORDS_TEST_SERVER:-} ]]; then
  state=$(scripts/migrate.sh dev status --output json) || give_up 'the development database can not be asked; the messages are above.'
  [[ $state == *'"running"'* ]] || stop_server=true
fi

colour=-noColor
[[ -t 1 && -z ${NO_COLOR:-} ]] && colour=
status=0
dotnet run --no-build -c Release --project samples/WordsApi.Tests -- \
  -noLogo ${colour:+"$colour"} -result-xml "$results" "$@" || status=$?

counted() {
  sed -n "s/.*<assembly [^>]* $1=\"\([0-9][0-9]*\)\".*/\1/p" "$results" | grep . || echo 0
}
[[ -s $results ]] || give_up "the test runner ended with exit code $status and without a report."
passed=$(counted passed)
failed=$(($(counted failed) + $(counted errors)))
skipped=$(counted skipped)
if [[ $failed -eq 0 && ($status -ne 0 || $passed -eq 0) ]]; then
  echo "test-samples.sh: the test runner ended with exit code $status after $passed tests" >&2
  failed=1
fi
finish "$passed" "$failed" "$skipped"
