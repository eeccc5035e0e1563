#!/usr/bin/env bash
# Writes what is public and not released yet into each PublicAPI.Unshipped.txt of src/, as the compiler sees it:
#   ./scripts/public-api.sh
# What the diff of these files shows is what users of the packages get, or lose.
set -euo pipefail
unset CDPATH
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=${UseSharedCompilation:-false} DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
declared() { # a file without its first line, what was removed, and empty lines
  grep -v -e '^#nullable' -e '^\*REMOVED\*' -e '^$' "$1" || true
}

for file in src/*/PublicAPI.Unshipped.txt; do
  project=${file%/*}
  cp "$file" "$work/before"
  # With nothing declared, the analyzer names everything
  printf '#nullable enable\n' >"$file"
  if ! dotnet build "$project" -c Release --nologo -v quiet -tl:off -p:TreatWarningsAsErrors=false --no-incremental >"$work/log" 2>&1; then
    cp "$work/before" "$file"
    grep -E 'error' "$work/log" | sort -u >&2
    exit 1
  fi
  sed -n "s/^.*\/${project##*/}\/.*warning RS0016: Symbol '\(.*\)' is not part of the declared public API.*$/\1/p" "$work/log" | LC_ALL=C sort -u >"$work/added"
  sed -n "s/^.*warning RS0017: Symbol '\(.*\)' is part of the declared API, but .*$/*REMOVED*\1/p" "$work/log" | LC_ALL=C sort -u >"$work/removed"
  cat "$work/removed" "$work/added" >>"$file"
  printf '%s: %s, %s removed\n' "$file" "$(declared "$file" | wc -l | tr -d ' ')" "$(grep -c . "$work/removed" || true)"
done
