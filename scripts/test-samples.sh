#!/usr/bin/env bash
# Builds the samples and runs their tests: on the server that WORDS_TEST_SERVER names, else on the development database's, which is
# stopped again if it did not run before. Arguments go to the test runner. The last line is always "N passed, N failed", and
# ", N skipped" when there are any.
set -euo pipefail
unset CDPATH
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

stop_server=false

# shellcheck source=scripts/test-runner.bash
source scripts/test-runner.bash
before_last_line() {
  [[ $stop_server == false ]] || scripts/migrate.sh dev stop --quiet >/dev/null || true
}

command -v dotnet >/dev/null || give_up 'the tests need the .NET SDK 10: https://dotnet.microsoft.com/download/dotnet/10.0'

# No build servers: they would outlive the script and keep its pipes open
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=${UseSharedCompilation:-false} DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
dotnet build samples/Samples.slnx -c Release --nologo -v quiet -tl:off || give_up 'the build failed; its messages are above.'
dotnet format whitespace samples --folder --verify-no-changes || give_up 'mend the formatting with dotnet format whitespace samples --folder'

if [[ -z ${WORDS_TEST_SERVER:-} ]]; then
  state=$(scripts/migrate.sh dev status --output json) || give_up 'the development database can not be asked; the messages are above.'
  [[ $state == *'"running"'* ]] || stop_server=true
fi

run_tests samples/WordsApi.Tests artifacts/test-results-samples.xml "$@"
