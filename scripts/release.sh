#!/usr/bin/env bash
# Everything of a release but its publishing, which .github/workflows/release.yml does on a tag:
#   ./scripts/release.sh --dry-run [--reuse]   all of the following; --reuse takes the binary and the packages that artifacts/ has already
#   ./scripts/release.sh version               the version, if Directory.Build.props, the tag and CHANGELOG.md agree about it
#   ./scripts/release.sh suffix                what of it stands after a hyphen
#   ./scripts/release.sh notes                 what CHANGELOG.md says of it
#   ./scripts/release.sh native [RID]          the binary for this machine's processor, or for RID, in an archive
#   ./scripts/release.sh packages [--cdk]      the NuGet packages
#   ./scripts/release.sh sums                  SHA256SUMS of what there is
# The tag is RELEASE_TAG, or GitHub's own; without one it is a rehearsal of the next version. Results lie in artifacts/release.
set -euo pipefail
unset CDPATH
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
out=artifacts/release
reuse=''

fail() {
  printf 'release.sh: %s\n' "$@" >&2
  exit 1
}

prefix=$(sed -n 's|.*<VersionPrefix>\(.*\)</VersionPrefix>.*|\1|p' Directory.Build.props)
tag=${RELEASE_TAG:-}
[[ -n $tag || ${GITHUB_REF_TYPE:-} != tag ]] || tag=${GITHUB_REF_NAME:-}

version() {
  local number=${tag#v}
  if [[ -z $tag ]]; then
    echo "$prefix"
    return
  fi
  [[ $tag =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || fail "the tag $tag is not of the form v1.2.3 or v1.2.3-rc.1"
  [[ ${number%%-*} == "$prefix" ]] ||
    fail "the tag $tag says ${number%%-*}, but Directory.Build.props has <VersionPrefix>$prefix</VersionPrefix>: change one of them"
  grep -qF "## [$prefix]" CHANGELOG.md ||
    fail "CHANGELOG.md has no section [$prefix]: call [Unreleased] so, with the date, and begin a new one above it"
  echo "$number"
}

suffix() {
  local number
  number=$(version)
  [[ $number != *-* ]] || echo "${number#*-}"
}

notes() {
  local section=$prefix text
  [[ -n $tag ]] || grep -qF "## [$prefix]" CHANGELOG.md || section=Unreleased
  text=$(awk -v start="## [$section]" 'index($0, start) == 1 { inside = 1; next } /^## / { inside = 0 } inside' CHANGELOG.md | sed -e '/./,$!d')
  [[ -n $text ]] || fail "CHANGELOG.md says nothing of [$section]"
  # A link into the repository leads nowhere from a release
  local links=''
  [[ -z ${GITHUB_REPOSITORY:-} ]] || links="s#](\\(docs/[^)]*\\|[A-Z]*\\.md\\))#](${GITHUB_SERVER_URL:-https://github.com}/$GITHUB_REPOSITORY/blob/${tag:-main}/\\1)#g"
  printf '%s\n' "$text" | sed "$links"
}

native() { # RID, or '' for this machine's
  local rid=$1 folder number glibc
  number=$(version)
  if [[ -z $rid ]]; then
    [[ $(uname -m) == aarch64 ]] && rid=linux-arm64 || rid=linux-x64
  fi
  folder=artifacts/native
  if [[ -z $reuse || ! -x $folder/phaserai-migrate ]]; then
    folder=artifacts/release-native/$rid
    scripts/publish-native.sh "$rid" "$folder" "-p:VersionSuffix=$(suffix)" >&2
  fi
  # The oldest C library that has all that it needs: RHEL 9, Amazon Linux 2023, Ubuntu 22.04 and Debian 12 have 2.34 or newer
  if ! command -v objdump >/dev/null; then
    [[ ${CI:-} != true ]] || fail 'objdump (binutils) is needed, to see which C library the binary needs'
  else
    glibc=$(objdump -T "$folder/phaserai-migrate" 2>/dev/null | grep -o 'GLIBC_2\.[0-9]*' | sort -uV | tail -n 1) || glibc=''
    [[ -z $glibc || ${glibc#GLIBC_2.} -le 34 ]] || fail "the binary for $rid needs $glibc, which older systems don't have: link it on an older one"
  fi
  mkdir -p "$out"
  tar -czf "$out/phaserai-migrate-$number-$rid.tar.gz" --owner=0 --group=0 -C "$folder" phaserai-migrate -C "$PWD" LICENSE
  # The other processor's binary can't be asked
  if [[ $rid == linux-x64 && $(uname -m) == x86_64 ]] || [[ $rid == linux-arm64 && $(uname -m) == aarch64 ]]; then
    [[ $("$folder/phaserai-migrate" --version) == "phaserai-migrate $number" ]] || fail "the binary calls itself $("$folder/phaserai-migrate" --version), not $number"
  fi
  echo "$out/phaserai-migrate-$number-$rid.tar.gz"
}

packages() { # --cdk or ''
  local number cdk=$1
  number=$(version)
  [[ -n $reuse && -f artifacts/packages/PhaserAI.Migrations.Tool.$number.nupkg ]] ||
    CI=true scripts/pack.sh ${cdk:+"$cdk"} "-p:VersionSuffix=$(suffix)" >&2
  mkdir -p "$out"
  for package in artifacts/packages/*; do
    [[ $package == *."$number".nupkg || $package == *."$number".snupkg ]] || fail "$package is not of version $number"
  done
  cp artifacts/packages/* "$out/"
  ls "$out"/*nupkg
}

sums() {
  (cd "$out" && rm -f SHA256SUMS && sha256sum -- * >../SHA256SUMS.new && mv ../SHA256SUMS.new SHA256SUMS)
  cat "$out/SHA256SUMS"
}

case ${1-} in
  version | suffix | notes | sums) "$1" ;;
  native | packages) "$1" "${2:-}" ;;
  --dry-run)
    [[ ${2-} != --reuse ]] || reuse=1
    number=$(version)
    echo "== Version $number${tag:+, tag $tag}"
    rm -rf "$out"
    echo '== Native binary'
    native ''
    echo '== Packages'
    packages ''
    echo '== Sums'
    sums
    echo '== Notes'
    notes >artifacts/release-notes.md
    wc -l artifacts/release-notes.md
    echo "Nothing was published. Everything is in $out."
    ;;
  *)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
