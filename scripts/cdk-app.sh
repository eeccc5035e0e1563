#!/usr/bin/env bash
# The app of infra/cdk.json: builds what has changed, the function and the stacks, and runs the app. The CDK calls it, in infra/.
# PHASERAI_LAMBDA names a function that is built already.
set -euo pipefail
unset CDPATH
root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
app=$root/infra/app/bin/Release/net10.0/PhaserAI.Infra.dll
# It takes as long as all the rest together; cfn-lint looks at the templates in scripts/test-cdk.sh, and CloudFormation when they are deployed
export CDK_VALIDATION=${CDK_VALIDATION:-false}
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=${UseSharedCompilation:-false} DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

# Its output is the CDK's to read or the user's to see: what builds say goes to the standard error
[[ -n ${PHASERAI_LAMBDA:-} ]] || "$root/scripts/build-lambda.sh" >&2

is_built() {
  [[ -f $app ]] || return 1
  local newer
  newer=$(cd "$root" && find src/PhaserAI.Migrations src/PhaserAI.Migrations.Cdk src/PhaserAI.Migrations.Cli/Output src/PhaserAI.Migrations.Aws/RdsSnapshotName.cs infra/app \
    Directory.Build.props Directory.Build.targets Directory.Packages.props global.json \
    \( -name bin -o -name obj \) -prune -o -type f -newer "$app" -print)
  [[ -z $newer ]]
}
if ! is_built; then
  "$root/scripts/cdk-feed.sh" >&2
  dotnet build "$root/infra/app/PhaserAI.Infra.csproj" -c Release --nologo -v quiet -tl:off >&2
  touch "$app" # an unchanged program is not written again
fi
cd "$root/infra"
exec dotnet "$app"
