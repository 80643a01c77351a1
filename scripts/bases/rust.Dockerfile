# Builds the daemon: rustc from trixie-backports (upstream's crates need edition 2024 and let-chains; Debian 13's own is older).
ARG BASE
FROM ${BASE}
RUN sed -n 's/ trixie / trixie-backports /p' /etc/apt/sources.list >/etc/apt/sources.list.d/backports.list \
 && apt-get update \
 && apt-get install -y -t trixie-backports cargo rustc \
 && apt-get install -y ca-certificates gcc git libc6-dev libssl-dev pkg-config \
 && rm -rf /var/lib/apt/lists/*
RUN --mount=from=certificates,target=/run/certificates \
    cp /run/certificates/*.crt /usr/local/share/ca-certificates/ 2>/dev/null || true; update-ca-certificates
