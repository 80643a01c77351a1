# Runs another architecture's programs, for tests only: the builds need no emulation.
ARG BASE=docker.io/library/debian:trixie-slim
FROM ${BASE}
RUN apt-get update && apt-get install -y --no-install-recommends qemu-user && rm -rf /var/lib/apt/lists/*
