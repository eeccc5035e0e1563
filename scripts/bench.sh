#!/usr/bin/env bash
# Measures this tool beside psql, a floor of C and libpq, dbmate, DbUp, Evolve and grate, on a private PostgreSQL, and writes
# bench/RESULTS.md. Debian packages that are missing are installed with apt-get, the peers from npm and NuGet.
#   ./scripts/bench.sh              all of it: about 20 minutes with 2 cores
#   ./scripts/bench.sh --quick      up to 100 migrations, fewer rounds; written to artifacts/bench/RESULTS.md
#   ./scripts/bench.sh --backup     only a backup of a database of 2 GB, about six minutes; written to bench/BACKUP.md
#   ./scripts/bench.sh --fsync off  a server that never waits for the disk
set -euo pipefail
unset CDPATH
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

dbmate_version=2.36.0 grate_version=2.2.0

give_up() {
  printf 'bench.sh: %s\n' "$@" >&2
  exit 1
}

size=full fsync=on results=bench/RESULTS.md command="./scripts/bench.sh${*:+ $*}"
while [[ $# -gt 0 ]]; do
  case $1 in
    --quick) size=quick results=artifacts/bench/RESULTS.md ;;
    --backup) size=backup results=bench/BACKUP.md ;;
    --fsync)
      [[ ${2:-} == on || ${2:-} == off ]] || give_up '--fsync takes on or off.'
      fsync=$2
      shift
      ;;
    *) give_up "$1 is not an option: --quick, --backup, --fsync on|off." ;;
  esac
  shift
done

as_root() {
  if [[ $EUID -eq 0 ]]; then "$@"; else sudo -n "$@"; fi
}

binaries=/usr/lib/postgresql/15/bin
missing=()
[[ -x $binaries/initdb ]] || missing+=(postgresql-15)
[[ -x $(command -v psql) ]] || missing+=(postgresql-client-15)
[[ -x $(command -v gcc) ]] || missing+=(gcc libc6-dev)
[[ -e /usr/include/postgresql/libpq-fe.h ]] || missing+=(libpq-dev)
[[ -x $(command -v npm) ]] || missing+=(npm)
[[ -x $(command -v aws) ]] || missing+=(awscli)
[[ -e /usr/include/zlib.h ]] || missing+=(zlib1g-dev) # for the NativeAOT linker
if [[ ${#missing[@]} -gt 0 ]]; then
  echo "Installing ${missing[*]} with apt-get …" >&2
  export DEBIAN_FRONTEND=noninteractive
  { as_root apt-get -qq update && as_root apt-get -qq install -y --no-install-recommends "${missing[@]}"; } </dev/null >/dev/null ||
    give_up "${missing[*]} can't be installed with apt-get; the comparison needs them (Debian 12, or PostgreSQL 15 at $binaries)."
fi
command -v dotnet >/dev/null || give_up 'the .NET SDK 10 is missing: https://dotnet.microsoft.com/download/dotnet/10.0'

# What would lead a contender somewhere else
unset "${!PG@}" "${!DB_@}" "${!MIGRATE_@}" "${!DBMATE_@}" DATABASE_URL ENVIRONMENT MIGRATIONS_DIR
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

programs=$PWD/artifacts/bench
mkdir -p "$programs"
{
  echo 'Building …'
  for program in floor measure proxy; do
    gcc -O2 -Wall -I/usr/include/postgresql "bench/native/$program.c" -o "$programs/$program" -lpq
  done
  rid=linux-x64 npm_platform=linux-x64
  [[ $(uname -m) != aarch64 ]] || rid=linux-arm64 npm_platform=linux-arm64
  dotnet publish src/PhaserAI.Migrations.Cli -c Release -r "$rid" -p:NativeAot=true -p:RunAnalyzers=false -p:GenerateDocumentationFile=false \
    --artifacts-path "$PWD/artifacts/build" -o "$programs/native" --nologo -v quiet -tl:off
  dotnet publish bench/PhaserAI.Migrations.Comparison -c Release -o "$programs/comparison" --nologo -v quiet -tl:off
  ln -sf "$binaries/psql" "$programs/psql"
  ln -sf "$binaries/pg_dump" "$programs/pg_dump"
} >&2
[[ $size == backup ]] || {
  dotnet publish bench/Peers/DbUp -c Release -o "$programs/dbup" --nologo -v quiet -tl:off
  dotnet publish bench/Peers/Evolve -c Release -o "$programs/evolve" --nologo -v quiet -tl:off
  dotnet publish bench/PhaserAI.Migrations.Benchmarks -c Release -o "$programs/benchmarks" --nologo -v quiet -tl:off
  [[ -x $programs/grate/grate ]] || dotnet tool install grate --version "$grate_version" --tool-path "$programs/grate"
  # The binary itself: the npm package's command is a Node program around it, as Debian's psql is a Perl program around psql
  npm install --prefix "$programs/npm" --no-save --no-audit --no-fund --silent "dbmate@$dbmate_version"
  ln -sf "npm/node_modules/@dbmate/$npm_platform/bin/dbmate" "$programs/dbmate"
} >&2

# The server: its own folder, a free port of the loopback interface, and nobody's but this script's. PostgreSQL refuses to run as root.
folder=$(mktemp -d "${TMPDIR:-/tmp}/phaserai-bench-XXXXXX")
as_postgres() {
  if [[ $EUID -eq 0 ]]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}
started=''
finish() {
  [[ -z $started ]] || as_postgres "$binaries/pg_ctl" -D "$folder/server/data" -m immediate stop >/dev/null
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM
mkdir "$folder/server" "$folder/work"
if [[ $EUID -eq 0 ]]; then
  chmod 711 "$folder"
  chown postgres "$folder/server"
fi
as_postgres "$binaries/initdb" -D "$folder/server/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
# No checkpoint and no vacuum of its own begins in the middle of a run
for _ in 1 2 3 4 5; do
  port=$((20000 + RANDOM % 30000))
  if as_postgres "$binaries/pg_ctl" -D "$folder/server/data" -w -l "$folder/server/log" -o "-p $port -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= -c fsync=$fsync -c autovacuum=off -c checkpoint_timeout=1h -c max_wal_size=8GB -c max_connections=50" start >/dev/null; then
    started=yes
    break
  fi
done
[[ -n $started ]] || give_up 'the private PostgreSQL does not start:' "$(tail -5 "$folder/server/log")"

facts() {
  local changes=''
  [[ -z $(git status --porcelain -- src) ]] || changes=', with uncommitted changes'
  echo "* $(date -u +%Y-%m-%d), commit $(git rev-parse --short HEAD)$changes"
  echo "* $(nproc) cores of $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), $(awk '/^MemTotal/ { printf "%.0f", $2 / 1e6 }' /proc/meminfo) GB of memory, $(sed -n 's/^PRETTY_NAME="\(.*\)"$/\1/p' /etc/os-release)"
  echo "* PostgreSQL $("$binaries/postgres" --version | awk '{ print $3 }') on loopback, fsync $fsync, with settings as initdb makes them, but no autovacuum and no checkpoints by time; no TLS, no password"
  echo "* $("$programs/native/phaserai-migrate" --version | head -1) (NativeAOT); psql of the same version; dbmate $dbmate_version; DbUp and Evolve as in Directory.Packages.props; grate $grate_version"
  echo "* Load of the machine at the beginning: $(cut -d' ' -f1 /proc/loadavg)"
}
facts >"$folder/facts"

if [[ $size == backup ]]; then
  "$programs/comparison/compare-migrations" backup 2048 "$port" "$programs" "$folder/work" "$command" <"$folder/facts" >"$folder/results"
else
  echo 'Lexer and planner …' >&2
  (cd "$folder/work" && "$programs/benchmarks/PhaserAI.Migrations.Benchmarks" "$folder/micro.tsv" >"$programs/benchmarks.log") ||
    give_up "the benchmarks of lexer and planner failed: see artifacts/bench/benchmarks.log."
  "$programs/comparison/compare-migrations" run "$size" "$port" "$programs" "$folder/work" "$folder/micro.tsv" "$command" <"$folder/facts" >"$folder/results"
fi
cat "$folder/results"
mkdir -p "${results%/*}"
cp "$folder/results" "$results"
echo "Written to $results after $((SECONDS / 60)) min $((SECONDS % 60)) s." >&2
