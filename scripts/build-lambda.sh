#!/usr/bin/env bash
# Makes the folder that the Lambda function is deployed from: the native program, the migrations, the root certificates, migrate.toml.
#   ./scripts/build-lambda.sh [OUT]        OUT is artifacts/lambda, when nothing else is said
# The program is built only when a source is newer; the files are copied each time. Its last line is the size of the program.
set -euo pipefail
unset CDPATH

fail() {
  printf 'build-lambda.sh: %s\n' "$@" >&2
  exit 2
}

[[ $# -le 1 && ${1-} != -* ]] || fail 'usage: ./scripts/build-lambda.sh [OUT]'
out=${1:-}
[[ -z $out || $out == /* ]] || out=$PWD/$out
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
out=${out:-$PWD/artifacts/lambda}
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=${UseSharedCompilation:-false} DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

is_built() {
  [[ -x $out/bootstrap ]] || return 1
  local newer
  newer=$(find src Directory.Build.props Directory.Build.targets Directory.Packages.props global.json \
    \( -name bin -o -name obj -o -name PhaserAI.Migrations.Cdk \) -prune -o -type f \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' -o -name '*.targets' \
    -o -name '*.sql' -o -name '*.json' \) -newer "$out/bootstrap" -print)
  [[ -z $newer ]]
}

build() {
  local rid work=artifacts/build
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) rid=linux-x64 ;;
    Linux-aarch64) rid=linux-arm64 ;;
    *) fail "a function is built on Linux, and this is $(uname -s) on $(uname -m)" ;;
  esac
  command -v dotnet >/dev/null || fail 'the .NET SDK 10 is needed: https://dotnet.microsoft.com/download/dotnet/10.0'
  command -v clang >/dev/null || command -v gcc >/dev/null || fail 'clang or gcc is needed (Debian, Ubuntu: apt-get install clang zlib1g-dev)'
  echo 'Building the Lambda function …' >&2
  rm -rf "$work/lambda"
  dotnet publish src/PhaserAI.Migrations.Lambda -c Release -r "$rid" -p:NativeAot=true -p:RunAnalyzers=false -p:GenerateDocumentationFile=false \
    --artifacts-path "$PWD/$work" -o "$work/lambda" --nologo -v minimal -tl:off >&2
  mkdir -p "$out"
  cp "$work/lambda/bootstrap" "$out/bootstrap.new"
  mv "$out/bootstrap.new" "$out/bootstrap"
}

is_built || build

rm -rf "${out:?}/migrations" "${out:?}/certs" "${out:?}/migrate.toml"
mkdir -p "$out/migrations"
while IFS= read -r file; do
  mkdir -p "$out/migrations/$(dirname -- "$file")"
  cp "infra/migrations/$file" "$out/migrations/$file"
done < <(cd infra/migrations && find . -type f -name '*.sql' | LC_ALL=C sort)
if [[ -f infra/certs/global-bundle.pem ]]; then
  mkdir -p "$out/certs"
  cp infra/certs/global-bundle.pem "$out/certs/"
fi
[[ ! -f migrate.toml ]] || cp migrate.toml "$out/"

printf '%s: bootstrap %s bytes, %s migrations\n' "$out" "$(wc -c <"$out/bootstrap" | tr -d ' ')" "$(find "$out/migrations" -name '*.sql' | wc -l | tr -d ' ')"
