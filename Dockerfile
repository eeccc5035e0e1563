# phaserai-migrate with pg_dump, pg_restore and psql of the newest PostgreSQL, which also dump and restore older servers:
#   docker build -t phaserai-migrate .
#   docker run --rm -v "$PWD/infra/migrations:/project/infra/migrations:ro" -e ENVIRONMENT -e DATABASE_URL phaserai-migrate status
FROM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends clang zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
ARG VERSION_SUFFIX
RUN scripts/publish-native.sh "" /native "-p:VersionSuffix=$VERSION_SUFFIX"

FROM debian:trixie-slim
ARG POSTGRES_MAJOR=18
# The source of the PostgreSQL project, with the key that Debian's own package carries. The programs are unpacked without Debian's wrappers
# around them, which need perl.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates postgresql-common \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install -y --no-install-recommends libpq5 liblz4-1 libreadline8t64 libzstd1 \
    && cd /tmp \
    && apt-get download "postgresql-client-$POSTGRES_MAJOR" \
    && dpkg -x postgresql-client-*.deb client \
    && cp "client/usr/lib/postgresql/$POSTGRES_MAJOR/bin/pg_dump" "client/usr/lib/postgresql/$POSTGRES_MAJOR/bin/pg_restore" \
        "client/usr/lib/postgresql/$POSTGRES_MAJOR/bin/psql" /usr/local/bin/ \
    && apt-get purge -y --auto-remove postgresql-common \
    && rm -rf /tmp/* /var/lib/apt/lists/* /etc/apt/sources.list.d/pgdg.* \
    && pg_dump --version && pg_restore --version && psql --version
RUN useradd --uid 10001 --create-home migrate
COPY --from=build /native/phaserai-migrate /usr/local/bin/phaserai-migrate
COPY LICENSE /usr/share/doc/phaserai-migrate/LICENSE
WORKDIR /project
USER 10001
RUN phaserai-migrate --version
ENTRYPOINT ["phaserai-migrate"]
CMD ["--help"]
