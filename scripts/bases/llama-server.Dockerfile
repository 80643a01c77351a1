# Debian's llama.cpp, laid out as the official server image is: /app holds the server, its libraries with their symbolic
# links, and the CPU backends that it loads from its own folder.
ARG BASE
FROM ${BASE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends llama.cpp-tools \
 && rm -rf /var/lib/apt/lists/*
RUN set -eu; lib=/usr/lib/$(dpkg --print-architecture | sed 's/amd64/x86_64/; s/arm64/aarch64/')-linux-gnu; mkdir /app; \
    cp -a /usr/bin/llama-server "$lib"/llama/libllama-server-impl.so "$lib"/libllama*.so* "$lib"/libmtmd.so* \
      "$lib"/libggml*.so* "$lib"/ggml/backends0/*.so /app/
