#!/usr/bin/env bash
# The entry point of the migration guide: finds or builds the tool, then becomes it.
#   ./scripts/migrate.sh status | list | plan | rehearse | validate | baseline | import | repair | reset-history | history | up [version] | down [version] | backup … | new NAME | inspect FILE | settings | doctor | dev … | completion bash|zsh | --help
# bash 3.2 (macOS) is enough. Nothing here changes the working folder: paths in arguments stay the caller's.
set -euo pipefail
unset CDPATH

fail() {
  printf 'migrate.sh: %s\n' "$@" >&2
  exit 2
}

script=${BASH_SOURCE[0]}
[[ $script == */* ]] || script=./$script
while [[ -L $script ]]; do
  link=$(readlink "$script")
  [[ $link == /* ]] && script=$link || script=${script%/*}/$link
done
root=$(cd -P -- "${script%/*}/.." && pwd)
export MIGRATE_PROJECT=$root
ulimit -c 0 2>/dev/null || true # a core file would hold the password

tool=.phaserai/tool # relative to the root, as everything in the stamp is
binary=phaserai-migrate
[[ ${OSTYPE:-} == msys* || ${OSTYPE:-} == cygwin* ]] && binary=phaserai-migrate.exe

# Call it in $(…): it changes the folder. Names every file that the tool is made of and that is newer than $1; with
# a $2, names all of them, and the newer ones twice.
sources() {
  cd "$root"
  find src Directory.Build.props Directory.Build.targets Directory.Packages.props global.json \
    \( -name bin -o -name obj -o -name PhaserAI.Migrations.Cdk -o -name PhaserAI.Migrations.Hosting -o -name PhaserAI.Migrations.Testing \) -prune -o -type f \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' \
    -o -name '*.targets' -o -name '*.sql' -o -name '*.json' -o -name '*.txt' \) \
    ${2+-print} -newer "$1" -print 2>/dev/null
}

# The stamp: the folder of the built tool, the root of the .NET it was built with, and all its sources. It is as old as
# the start of the build, so that a file saved during the build counts as changed.
read_stamp() {
  built='' dotnet_root='' listed=''
  [[ -f $root/$tool/stamp ]] || return 0
  {
    IFS= read -r built || true
    IFS= read -r dotnet_root || true
    IFS= read -r -d '' listed || true
  } <"$root/$tool/stamp"
}

# One process notices changed, added and deleted files
is_built() {
  read_stamp
  [[ -n $built && -x $root/$tool/$built/$binary && $listed == "$(sources "$tool/stamp" all)"$'\n' ]]
}

runtime_identifier() {
  local system machine
  case $(uname -m) in
    x86_64 | amd64) machine=x64 ;;
    aarch64 | arm64) machine=arm64 ;;
    *) fail "there is no build for the processor $(uname -m). Set PHASERAI_MIGRATE to the path of a built tool." ;;
  esac
  case $(uname -s) in
    Linux)
      system=linux
      if compgen -G '/lib/ld-musl-*' >/dev/null && ! compgen -G '/lib*/ld-linux-*' >/dev/null; then
        system=linux-musl
      fi
      ;;
    Darwin) system=osx ;;
    MINGW* | MSYS* | CYGWIN*) system=win ;;
    *) fail "there is no build for $(uname -s). Set PHASERAI_MIGRATE to the path of a built tool." ;;
  esac
  printf '%s-%s\n' "$system" "$machine"
}

check_dotnet() {
  local install='Install it from https://dotnet.microsoft.com/download/dotnet/10.0
migrate.sh: (Debian, Ubuntu: apt-get install dotnet-sdk-10.0; macOS: brew install --cask dotnet-sdk), or set PHASERAI_MIGRATE
migrate.sh: to the path of a built tool.'
  command -v dotnet >/dev/null ||
    fail 'the tool is built from source and needs the .NET SDK 10, but there is no dotnet on the PATH.' "$install"
  # In the root: global.json has a say in which SDK is taken
  sdk=$(cd "$root" && dotnet --version 2>/dev/null) || sdk=0
  if [[ ${sdk%%.*} -lt 10 ]]; then
    fail 'the tool is built from source and needs the .NET SDK 10; installed are:' \
      "$(dotnet --list-sdks 2>/dev/null | grep . || echo none)" "$install"
  fi
}

build() {
  local id log rid status path versions=()
  is_built && return # another run has built it while this one waited for the lock
  check_dotnet
  rid=$(runtime_identifier)
  id=$(date -u +%Y%m%d%H%M%S)-$$
  log=$root/$tool/build.log
  : >"$root/$tool/stamp.new"
  {
    printf '%s\n' "$id"
    dotnet --list-sdks | sed -n "s|^$sdk \[\(.*\)[/\\\\]sdk\]\$|\1|p"
    printf '%s\n' "$(sources "$tool/stamp.new" all)"
  } >"$root/$tool/stamp.new"

  # The lock files hold the platforms that the projects name; for any other one the pins of
  # Directory.Packages.props have to do, and no lock file of the checkout is touched.
  case $rid in
    linux-x64 | linux-arm64 | osx-arm64 | win-x64) ;;
    *) versions=(-p:RestoreLockedMode=false "-p:NuGetLockFilePath=obj/packages.$rid.lock.json") ;;
  esac

  echo 'Building the migration tool, once …' >&2
  trap 'rm -rf "${root:?}/$tool/$id.new" "$root/$tool/stamp.new"; exit 130' INT TERM
  status=0
  (
    cd "$root"
    # MSBuild takes environment variables for properties: these names are common elsewhere and mean something to it
    unset VERSION Version PLATFORM Platform CONFIGURATION Configuration
    export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 \
      DOTNET_GENERATE_ASPNET_CERTIFICATE=false DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true
    # Folders of its own: a developer's bin and obj are left alone. No build servers: they would outlive the script.
    dotnet publish src/PhaserAI.Migrations.Cli -c Release -r "$rid" --no-self-contained -o "$tool/$id.new" \
      --artifacts-path "$root/.phaserai/build" --disable-build-servers -nodeReuse:false --nologo -v minimal -tl:off \
      -p:PublishReadyToRun=true -p:DebugType=none -p:RunAnalyzers=false -p:GenerateDocumentationFile=false \
      ${versions[@]+"${versions[@]}"}
  ) >"$log" 2>&1 </dev/null || status=$?
  if [[ $status -ne 0 || ! -x $root/$tool/$id.new/$binary ]]; then
    rm -rf "${root:?}/$tool/$id.new" "$root/$tool/stamp.new"
    cat "$log" >&2
    fail "building the tool failed; the log above is also in $log"
  fi
  mv "$root/$tool/$id.new" "$root/$tool/$id"
  mv "$root/$tool/stamp.new" "$root/$tool/stamp"
  # The tool of before may still be running, and loads its files as it needs them
  for path in "$root/$tool"/*/; do
    path=${path%/}
    [[ ${path##*/} == "$id" || ${path##*/} == "$built" ]] || rm -rf "$path"
  done
}

build_alone() {
  if ! mkdir -p "$root/$tool" 2>/dev/null || [[ ! -w $root/$tool ]]; then
    fail "cannot write to $root/$tool, where the tool is built. Set PHASERAI_MIGRATE to the path of a built tool."
  fi
  # A subshell holds the lock, so that the tool does not inherit it; nor does the compiler (9>&-)
  if command -v flock >/dev/null; then
    (
      flock 9
      build 9>&-
    ) 9>"$root/$tool/lock"
  else
    (
      lock=$root/$tool/lock.pid
      until (set -C && echo "$$" >"$lock") 2>/dev/null; do
        pid=$(cat "$lock" 2>/dev/null || true)
        [[ -z $pid ]] || kill -0 "$pid" 2>/dev/null || rm -f "$lock"
        sleep 1
      done
      trap 'rm -f "$lock"' EXIT
      build
    )
  fi
}

if [[ -n ${PHASERAI_MIGRATE:-} ]]; then
  command -v -- "$PHASERAI_MIGRATE" >/dev/null ||
    fail "PHASERAI_MIGRATE is $PHASERAI_MIGRATE, which is not a program that can be run"
  exec "$PHASERAI_MIGRATE" "$@"
fi

if [[ ! -d $root/src/PhaserAI.Migrations.Cli ]]; then
  command -v phaserai-migrate >/dev/null ||
    fail "there is no phaserai-migrate on the PATH, and $root has no sources to build it from"
  exec phaserai-migrate "$@"
fi

native=artifacts/native/$binary
if [[ -x $root/$native ]]; then
  newer=$(sources "$native")
  [[ -n $newer ]] || exec "$root/$native" "$@"
fi

if ! is_built; then
  build_alone
  read_stamp
fi
[[ -n ${DOTNET_ROOT:-} || -z $dotnet_root ]] || export DOTNET_ROOT=$dotnet_root
exec "$root/$tool/$built/$binary" "$@"
