#!/usr/bin/env bash
# Makes the NuGet packages, the dotnet tool among them:
#   ./scripts/pack.sh [--cdk] [-o FOLDER] [MSBuild's arguments]        FOLDER is artifacts/packages, when nothing else is said
# --cdk packs the constructs too, for which a restore needs the CDK's packages (scripts/cdk-feed.sh).
set -euo pipefail
unset CDPATH
out='' cdk='' arguments=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --cdk) cdk=1 ;;
    -o) shift && out=${1:?} ;;
    -p:*) arguments+=("$1") ;;
    *) echo "pack.sh: unknown argument $1" >&2 && exit 2 ;;
  esac
  shift
done
[[ -z $out || $out == /* ]] || out=$PWD/$out
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
out=${out:-$PWD/artifacts/packages}
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=${UseSharedCompilation:-false} DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

mkdir -p "$out"
rm -f "$out"/*.nupkg "$out"/*.snupkg
[[ -z $cdk ]] || scripts/cdk-feed.sh
for project in src/*/*.csproj; do
  grep -q '<IsPackable>false' "$project" && continue
  [[ $project != */PhaserAI.Migrations.Cdk.csproj || -n $cdk ]] || continue
  dotnet pack "$project" -c Release -o "$out" --nologo -v quiet -tl:off ${arguments[@]+"${arguments[@]}"}
done
(cd "$out" && ls)
