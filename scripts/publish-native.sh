#!/usr/bin/env bash
# Builds the native binary, which needs no .NET where it runs, and fails on any IL warning:
#   ./scripts/publish-native.sh [RID] [OUT]        linux-x64 or linux-arm64; this machine's own (also for '') and artifacts/native, when nothing else is said
# For the other processor it needs that one's gcc: apt-get install gcc-aarch64-linux-gnu, or gcc-x86-64-linux-gnu.
# Arguments after these go to MSBuild: -p:VersionSuffix=rc.1
set -euo pipefail
unset CDPATH

fail() {
  printf 'publish-native.sh: %s\n' "$@" >&2
  exit 2
}

[[ $(uname -s) == Linux ]] || fail "the native binary is built on Linux, and this is $(uname -s)"
case $(uname -m) in
  x86_64) own=linux-x64 ;;
  aarch64) own=linux-arm64 ;;
  *) fail "there is no native build for the processor $(uname -m)" ;;
esac
rid=$own out=''
[[ $# -eq 0 || $1 == -* ]] || { rid=${1:-$own} && shift; }
[[ $# -eq 0 || $1 == -* ]] || { out=$1 && shift; }
[[ -z $out || $out == /* ]] || out=$PWD/$out
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
out=${out:-$PWD/artifacts/native}
work=$PWD/artifacts/build
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=${UseSharedCompilation:-false} DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

case $rid in
  linux-x64) triple=x86_64-linux-gnu package=gcc-x86-64-linux-gnu ;;
  linux-arm64) triple=aarch64-linux-gnu package=gcc-aarch64-linux-gnu ;;
  *) fail "there is no native build for $rid: linux-x64 and linux-arm64 are known" ;;
esac

linker=()
if [[ $rid == "$own" ]]; then
  command -v clang >/dev/null || command -v gcc >/dev/null || fail 'clang or gcc is needed (Debian, Ubuntu: apt-get install clang zlib1g-dev)'
else
  command -v "$triple-gcc" >/dev/null || fail "$triple-gcc is needed to link for $rid (Debian, Ubuntu: apt-get install $package)"
  # The compiler's targets name the processor in --target, which clang wants; of gcc there is one for each, and none knows that option
  mkdir -p "$work"
  wrapper=$work/$triple-linker
  cat >"$wrapper" <<WRAPPER
#!/usr/bin/env bash
arguments=()
for argument in "\$@"; do [[ \$argument == --target=* ]] || arguments+=("\$argument"); done
exec $triple-gcc "\${arguments[@]}"
WRAPPER
  chmod +x "$wrapper"
  linker=("-p:CppCompilerAndLinker=$wrapper" "-p:ObjCopyName=$triple-objcopy")
fi

mkdir -p artifacts
log=artifacts/publish-$rid.log
# Compiled anew: an incremental build repeats no warnings
rm -rf "$out/phaserai-migrate" "$work/obj/PhaserAI.Migrations.Cli/release_$rid/native"
dotnet publish src/PhaserAI.Migrations.Cli -c Release -r "$rid" -p:NativeAot=true -p:RunAnalyzers=false -p:GenerateDocumentationFile=false \
  ${linker[@]+"${linker[@]}"} --artifacts-path "$work" -o "$out" --nologo -v minimal -tl:off "$@" 2>&1 | tee "$log"
! grep -E 'IL[23][0-9]{3}' "$log" || fail 'the warnings above have to be mended: what they name can fail where it runs'
[[ -x $out/phaserai-migrate ]] || fail "there is no $out/phaserai-migrate"
printf '%s: %s bytes\n' "$out/phaserai-migrate" "$(wc -c <"$out/phaserai-migrate" | tr -d ' ')"
