#!/usr/bin/env bash
# Uses the packages as a stranger does: packs them, looks into them, installs the dotnet tool and goes through the Quick Start with it, and makes
# an ASP.NET application that migrates its database with the library. All of it outside of the repository; nothing of it stays.
#   ./scripts/test-packages.sh [--no-pack]        takes the packages of artifacts/packages as they are
# The last line is "N passed, N failed".
set -euo pipefail
unset CDPATH
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
root=$PWD
packages=$root/artifacts/packages
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=${UseSharedCompilation:-false} DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false

[[ ${1-} == --no-pack ]] || scripts/pack.sh >/dev/null
version=$(basename "$packages"/PhaserAI.Migrations.Tool.*.nupkg .nupkg)
version=${version#PhaserAI.Migrations.Tool.}

# Nothing of the caller's environment leads to a real database
for name in $(compgen -e); do
  case $name in ENVIRONMENT | DATABASE_URL | BACKUP_* | DB_* | PG* | MIGRATE_* | PHASERAI_* | ASPNETCORE_*) unset "$name" ;; esac
done

place=$(mktemp -d "${TMPDIR:-/tmp}/phaserai-packages.XXXXXX")
chmod 755 "$place" # as root the server runs as another user, who has to get in
project=$place/project
tool=$place/tools/phaserai-migrate
application=''
clean_up() {
  [[ -z $application ]] || kill "$application" 2>/dev/null || true
  [[ ! -x $tool ]] || (cd "$project" && "$tool" dev stop >/dev/null 2>&1 </dev/null) || true
  find "$place" -name postmaster.pid -exec head -n 1 {} \; | while read -r pid; do kill -INT "$pid" || true; done
  rm -rf "$place"
}
trap clean_up EXIT

# The packages come from the folder they were packed to, everything else from where it always comes. What is installed stays in here: the version is
# the same each time, and NuGet takes what it has of it already.
mkdir -p "$place/home/.nuget/NuGet" "$project/infra/migrations"
cache=${NUGET_PACKAGES:-$HOME/.nuget/packages}
[[ ! -f $HOME/.nuget/NuGet/NuGet.Config ]] || cp "$HOME/.nuget/NuGet/NuGet.Config" "$place/home/.nuget/NuGet/"
cat >"$place/nuget.config" <<CONFIG
<configuration>
  <packageSources><add key="packed" value="$packages" /></packageSources>
  <fallbackPackageFolders>$([[ ! -d $cache ]] || echo "<add key=\"cache\" value=\"$cache\" />")</fallbackPackageFolders>
</configuration>
CONFIG
export NUGET_PACKAGES=$place/nuget DOTNET_CLI_HOME=$place/home

passed=0 failed=0
check() { # title, command
  local title=$1 code=0
  shift
  "$@" >"$place/output" 2>&1 </dev/null || code=$?
  if [[ $code -eq 0 ]]; then
    passed=$((passed + 1))
    echo "ok      $title"
  else
    failed=$((failed + 1))
    echo "FAILED  $title"
    sed 's/^/        /' "$place/output"
  fi
}

says() { # a pattern that the output has to match (any case), the command
  local pattern=$1 output
  shift
  output=$("$@" 2>&1) || { printf '%s\n' "$output"; return 1; }
  grep -qiE -- "$pattern" <<<"$output" || { printf '%s\ndoes not match %s\n' "$output" "$pattern"; return 1; }
}

is_in_order() { # a package: what it says of itself
  local specification files
  specification=$(unzip -p "$1" '*.nuspec')
  files=$(unzip -Z1 "$1")
  says '<license type="expression">MIT<' cat <<<"$specification" &&
    says "<version>$version<" cat <<<"$specification" &&
    says '<tags>.*postgres' cat <<<"$specification" &&
    says '^README\.md$' cat <<<"$files" || return 1
  # An exact version of somebody else's package would shut out every application that has another one; ours go together
  if grep '<dependency ' <<<"$specification" | grep 'version="\[' | grep -v 'id="PhaserAI\.'; then
    return 1
  fi
  [[ ${1##*/} == *.Tool.* ]] ||
    { says '^lib/net10\.0/.*\.xml$' cat <<<"$files" && says '\.pdb$' unzip -Z1 "${1%.nupkg}.snupkg"; }
}

for package in "$packages"/*.nupkg; do
  check "${package##*/} is in order" is_in_order "$package"
done

# The tool, in a project that has nothing but its migrations
cd "$project"
check 'dotnet tool install --tool-path' dotnet tool install PhaserAI.Migrations.Tool --version "$version" --tool-path "$place/tools"
check 'dotnet tool install --global' dotnet tool install --global PhaserAI.Migrations.Tool --version "$version"
check 'its version is that of the package' says "^phaserai-migrate $version\$" "$tool" --version
check 'new' says 'infra/migrations/[0-9]{8}_[0-9]{6}_create_words\.sql' "$tool" new create_words
cat >"$(echo infra/migrations/*_create_words.sql)" <<'SQL'
-- Migration: Create words
-- UP: Apply changes
BEGIN;
CREATE TABLE words (word text PRIMARY KEY);
COMMIT;

-- DOWN: Rollback changes
-- BEGIN;
-- DROP TABLE words;
-- COMMIT;
SQL
check 'status starts the development database' says 'create_words' "$tool" status
check 'up' says 'create_words' "$tool" up
check 'history names the version' says "phaserai-migrate $version" "$tool" history --output json
mkdir -p src/deep
cd src/deep
check 'from a folder below' says 'nothing to do|up to date|nothing to apply' "$tool" up
cd "$project"
check 'down' says 'create_words' "$tool" down

check 'dotnet new tool-manifest' dotnet new tool-manifest
check 'dotnet tool install in the manifest' dotnet tool install PhaserAI.Migrations.Tool --version "$version"
rm -rf "$NUGET_PACKAGES/phaserai.migrations.tool" "$DOTNET_CLI_HOME/.dotnet/toolResolverCache"
check 'dotnet tool restore, as in a fresh clone' dotnet tool restore
check 'dotnet phaserai-migrate' says 'create_words' dotnet phaserai-migrate status

mkdir scripts
cp "$root/scripts/migrate.sh" scripts/
cp "$root/infra/package.json" infra/
check 'migrate.sh takes the tool from the PATH' says 'create_words' env PATH="$place/tools:$PATH" ./scripts/migrate.sh status
! command -v npm >/dev/null || check 'so does npm run' says 'create_words' env PATH="$place/tools:$PATH" npm --prefix infra run migrate:status

# The library, in an application
mkdir "$place/application"
cd "$place/application"
check 'dotnet new web' dotnet new web --no-https --no-restore --name Words --output .
check 'dotnet add package PhaserAI.Migrations' dotnet add package PhaserAI.Migrations --version "$version" --no-restore
# shellcheck disable=SC2016
sed -n '/^```csharp$/,/^```$/{/^```/d;p}' "$root/src/PhaserAI.Migrations/README.md" >Database.cs
# shellcheck disable=SC2016
cat >Program.cs <<'CSHARP'
using PhaserAI.Migrations;

var database = Environment.GetEnvironmentVariable("WORDS_DATABASE")!;
var folder = Environment.GetEnvironmentVariable("WORDS_MIGRATIONS")!;
var builder = WebApplication.CreateBuilder(args);
await Database.MigrateAsync(database, folder);
// HOSTING
var app = builder.Build();

Migrator NewMigrator() => new(new MigrationOptions { ConnectionString = database, Directory = folder });
app.MapGet("/status", async (CancellationToken stop) =>
    (await NewMigrator().GetStatusAsync(stop)).Migrations.Select(migration => $"{migration.Version} {migration.State}"));
app.MapGet("/plan", async (CancellationToken stop) =>
    (await NewMigrator().PlanDownAsync(DownTarget.Last, stop)).Migrations.SelectMany(migration => migration.Steps).SelectMany(step => step.Statements).Select(statement => statement.Sql));
app.MapGet("/tool", async (CancellationToken stop) => (await new MigrationHistory(new MigrationOptions { ConnectionString = database, Directory = folder }).ReadLogAsync(cancellationToken: stop)).Entries[^1].Tool);
app.MapPost("/down", async (CancellationToken stop) => (await NewMigrator().DownAsync(DownTarget.Last, stop)).Succeeded);
// HEALTH
app.Run();
CSHARP
if [[ -f $packages/PhaserAI.Migrations.Hosting.$version.nupkg ]]; then
  check 'dotnet add package PhaserAI.Migrations.Hosting' dotnet add package PhaserAI.Migrations.Hosting --version "$version" --no-restore
  sed -i.old -e '1i using PhaserAI.Migrations.Hosting;' \
    -e '/^await Database/d' \
    -e 's|^// HOSTING|builder.Services.AddPostgresMigrations(database, options => options.Directory = folder); builder.Services.AddHealthChecks().AddPostgresMigrations();|' \
    -e 's|^// HEALTH|app.MapHealthChecks("/health");|' Program.cs
fi
check 'the application builds' dotnet build -c Release --nologo -v quiet -tl:off -p:TreatWarningsAsErrors=true

WORDS_MIGRATIONS=$project/infra/migrations
started=$(cd "$project" && "$tool" dev start --output json)
value() {
  grep -o "\"$1\": *\"\{0,1\}[^\",}]*" <<<"$started" | sed 's/^[^:]*: *"\{0,1\}//'
}
WORDS_DATABASE="Host=$(value host);Port=$(value port);Database=$(value database);Username=$(value user);Password=$(cd "$project" && cat "$(value folder)/password")"
export WORDS_MIGRATIONS WORDS_DATABASE
exec {log}< <(exec env ASPNETCORE_URLS=http://127.0.0.1:0 dotnet bin/Release/net10.0/Words.dll 2>&1)
application=$!
address='' said=''
while read -r -t 30 -u "$log" line; do
  said+=$line$'\n'
  if [[ $line =~ (http://127\.0\.0\.1:[0-9]+) ]]; then
    address=${BASH_REMATCH[1]}
    break
  fi
done
[[ -n $address ]] || printf '%s' "$said"
check 'the application has migrated its database when it listens' says 'Applied' curl -fsS "$address/status"
check 'plan' says 'DROP TABLE words' curl -fsS "$address/plan"
check 'history names the library and its version' says "PhaserAI\.Migrations(\.Hosting)? $version" curl -fsS "$address/tool"
! grep -q AddPostgresMigrations Program.cs || check 'the health check is content' says 'Healthy' curl -fsS "$address/health"
check 'down over HTTP' says 'true' curl -fsS -X POST "$address/down"
check 'the tool sees it' says 'pending' env -C "$project" "$tool" status
kill "$application"
wait "$application" 2>/dev/null || true
application=''

printf '%s passed, %s failed\n' "$passed" "$failed"
[[ $failed -eq 0 ]]
