# Debian's llama.cpp of another architecture in the official image's layout: what scripts/bases/llama-server.Dockerfile
# builds for this one, but unpacked instead of installed.
ARG BASE
FROM --platform=${BUILDPLATFORM} ${BASE} AS unpacked
ARG TARGETARCH
RUN --mount=from=common,target=/common /common/unpack-packages /packages "${TARGETARCH}" llama.cpp-tools
RUN set -eu; mkdir /root-of /app; for package in /packages/*; do cp -a "${package}/." /root-of/; done; \
    lib=$(dirname /root-of/usr/lib/*-linux-gnu/libc.so.6); \
    cp -a /root-of/usr/bin/llama-server "${lib}"/llama/libllama-server-impl.so "${lib}"/libllama*.so* "${lib}"/libmtmd.so* \
      "${lib}"/libggml*.so* "${lib}"/ggml/backends0/*.so /app/

FROM scratch
COPY --from=unpacked /app /app
