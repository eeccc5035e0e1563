#!/usr/bin/env bash
# Builds the stacks of the CDK and runs their tests: what is in the templates, cfn-lint, the policies evaluated, npx cdk synth. No AWS
# account, no credentials, no Docker. Arguments go to the test runner. The last line is always "N passed, N failed", and
# ", N skipped" when there are any.
set -euo pipefail
unset CDPATH
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

project=tests/PhaserAI.Migrations.Cdk.Tests

# shellcheck source=scripts/test-runner.bash
source scripts/test-runner.bash

command -v dotnet >/dev/null || give_up 'the tests need the .NET SDK 10: https://dotnet.microsoft.com/download/dotnet/10.0'
command -v npm >/dev/null || give_up 'the tests need Node.js 20 or newer with npm: https://nodejs.org'

mkdir -p artifacts
# Without it its test is skipped, on CI it fails
if ! command -v cfn-lint >/dev/null; then
  lint=$PWD/artifacts/cfn-lint
  [[ -x $lint/bin/cfn-lint ]] || {
    echo 'Installing cfn-lint with pip …' >&2
    python3 -m venv "$lint" && "$lint/bin/pip" install --quiet 'cfn-lint==1.51.0'
  } </dev/null >/dev/null || echo 'test-cdk.sh: cfn-lint could not be installed' >&2
  PATH=$lint/bin:$PATH
fi
for folder in infra "$project/policies"; do
  [[ $folder/node_modules -nt $folder/package-lock.json ]] ||
    (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error && touch node_modules) </dev/null >/dev/null ||
    give_up "npm ci in $folder failed; its messages are above."
done

# No build servers: they would outlive the script and keep its pipes open
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=${UseSharedCompilation:-false} DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
scripts/cdk-feed.sh || give_up 'the packages of the CDK are not to be had; the messages are above.'
dotnet build PhaserAI.Migrations.Cdk.slnx -c Release --nologo -v quiet -tl:off || give_up 'the build failed; its messages are above.'
for folder in src/PhaserAI.Migrations.Cdk infra/app "$project"; do
  dotnet format whitespace "$folder" --folder --verify-no-changes || give_up "mend the formatting with dotnet format whitespace $folder --folder"
done

# The CDK's own look at the templates, which takes as long as all the rest; cfn-lint sees more
export CDK_VALIDATION=false
run_tests "$project" artifacts/test-results-cdk.xml "$@"
