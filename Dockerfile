# The product and the system's libpq, which brings TLS to PostgreSQL. Nothing else.
ARG DEBIAN=bookworm

FROM rust:1.95-${DEBIAN} AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpq-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
# .cargo/config.toml carries SQLite's build flags; migrations, policy and templates are embedded into the program.
COPY .cargo .cargo
COPY Cargo.toml Cargo.lock ./
COPY crates crates
COPY migrations migrations
COPY policy policy
COPY src src
COPY templates templates
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --locked --release --no-default-features --bin caredesk \
    && install -m 0755 -s target/release/caredesk /caredesk

FROM debian:${DEBIAN}-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libpq5 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --home-dir /var/lib/caredesk caredesk \
    && install -d -m 0700 -o caredesk -g caredesk /var/lib/caredesk
COPY --from=build /caredesk /usr/local/bin/caredesk
USER caredesk
# A SQLite file, its key, the audit's checkpoints and messages land in var/ here.
WORKDIR /var/lib/caredesk
VOLUME /var/lib/caredesk
ENV CAREDESK_LISTEN=0.0.0.0:8080 CAREDESK_METRICS_LISTEN=0.0.0.0:9090
EXPOSE 8080 9090
# bash is in the base image and can ask by itself: no curl is installed for this.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /readyz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
ENTRYPOINT ["caredesk"]
CMD ["serve"]
