#!/usr/bin/env bash
# Runs the guide's Quick Start with a built tool, on a copy of the project's migrations and a throwaway database:
#   ./scripts/smoke.sh artifacts/native/phaserai-migrate
set -euo pipefail
unset CDPATH

[[ $# -eq 1 && -x $1 ]] || { echo 'usage: smoke.sh PATH_OF_THE_TOOL' >&2 && exit 2; }
tool=$(cd -P -- "$(dirname -- "$1")" && pwd)/${1##*/}
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

# Nothing of the caller's environment leads to a real database: the tool starts its own
for name in $(compgen -e); do
  case $name in ENVIRONMENT | DATABASE_URL | BACKUP_* | DB_* | PG* | MIGRATE_*) unset "$name" ;; esac
done

project=$(mktemp -d "${TMPDIR:-/tmp}/phaserai-smoke.XXXXXX")
chmod 755 "$project" # as root the server runs as another user, who has to get in
export MIGRATE_PROJECT=$project
stop() {
  "$tool" dev stop >/dev/null 2>&1 </dev/null || true
  find "$project" -name postmaster.pid -exec head -n 1 {} \; | while read -r pid; do kill -INT "$pid" || true; done
  rm -rf "$project"
}
trap stop EXIT
mkdir -p "$project/infra"
cp -R infra/migrations "$project/infra/"
cd "$project"

failures=0
expect() { # exit code, a pattern that the output has to match (any case), the arguments
  local code=$1 pattern=$2 actual=0 output
  shift 2
  output=$("$tool" "$@" 2>&1 </dev/null) || actual=$?
  if [[ $actual -eq $code ]] && grep -qiE -- "$pattern" <<<"$output"; then
    echo "ok      $*"
  else
    failures=$((failures + 1))
    echo "FAILED  $*: exit code $actual, expected $code and text that matches: $pattern"
    printf '%s\n' "$output" | sed 's/^/        /'
  fi
}

expect 0 'usage' --help
expect 0 '[0-9]+\.[0-9]+' --version
expect 2 '.' no-such-command
expect 0 '20250105_083000' up
expect 0 '20250101_120000' status
expect 0 'nothing to do|up to date|nothing to apply' up
expect 0 '20250104_100001' list
expect 0 '20250105_083000' down
expect 0 '20250102_143000' down 20250101_120000
expect 0 'pending' status
expect 0 '20250102_143000' up 20250102_143000
expect 0 '20250105_083000' up
printf '%s\n' '-- UP: Apply changes' 'BEGIN;' 'CREATE TABLE broken (' '  id UUID PRIMARY KEY,,' ');' 'COMMIT;' \
  >infra/migrations/20990101_000000_broken.sql
expect 1 '20990101_000000_broken\.sql:4' up
rm infra/migrations/20990101_000000_broken.sql
expect 0 'nothing to do|up to date|nothing to apply' up

[[ $failures -eq 0 ]]
