#!/usr/bin/env bash
# Amazon.CDK.Lib needs two NuGet packages that not every package source has: Constructs and Amazon.CDK.Asset.AwsCliV1. Both are made
# from npm packages, and where a restore can't find them, this script makes them, into artifacts/cdk-feed. Else it does nothing.
set -euo pipefail
unset CDPATH
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

project=infra/app/PhaserAI.Infra.csproj
feed=artifacts/cdk-feed
log=artifacts/cdk-feed.log
mkdir -p artifacts
export MSBUILDDISABLENODEREUSE=1 DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

restores() {
  dotnet restore "$project" --nologo -v quiet >"$log" 2>&1 </dev/null
}

[[ -d $feed ]] || ! restores || exit 0
if [[ -d $feed ]] && cmp -s infra/feed/package-lock.json "$feed/package-lock.json"; then
  restores || { cat "$log" >&2; exit 1; }
  exit 0
fi
# Not there, or of other versions. What else may be missing, only the restore below can say.
if ! command -v npm >/dev/null; then
  cat "$log" >&2
  echo 'cdk-feed.sh: packages of the CDK are not to be had from NuGet, and making them needs npm: https://nodejs.org' >&2
  exit 1
fi
echo 'Making NuGet packages of the CDK from npm, once …' >&2
build=artifacts/cdk-feed-build
rm -rf "$build" "$feed"
mkdir -p "$build"
cp infra/feed/package.json infra/feed/package-lock.json "$build"

make_packages() {
  cd "$build"
  npm ci --no-audit --no-fund --loglevel=error || return 1
  # Each in a call and a folder of its own: together they fail
  local making=() package
  for package in constructs @aws-cdk/asset-awscli-v1; do
    node_modules/.bin/jsii-pacmak -t dotnet -o "out/${#making[@]}" --no-npmignore "node_modules/$package" &
    making+=($!)
  done
  for package in "${making[@]}"; do wait "$package" || return 1; done
  mkdir feed
  mv out/*/dotnet/*.nupkg package-lock.json feed
}
(make_packages) >"$log" 2>&1 </dev/null || {
  cat "$log" >&2
  echo "cdk-feed.sh: making the packages failed; the log above is also in $log" >&2
  exit 1
}
mv "$build/feed" "$feed"
rm -rf "$build"
restores || {
  cat "$log" >&2
  exit 1
}
