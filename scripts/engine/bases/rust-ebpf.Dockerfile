# Builds eBPF objects in place of a nightly tool chain: Debian 13's rustc with its own standard library's source, and the
# LLVM 19 that bpf-linker opens at run time. The preflight's C compiler and libraries come with it.
ARG BASE
FROM ${BASE}
RUN apt-get update \
 && apt-get install -y ca-certificates cargo clang gcc git libbpf-dev libc6-dev libelf-dev libllvm19 libssl-dev \
      libzstd-dev llvm-19 make pkg-config rust-src rustc zlib1g-dev \
 && rm -rf /var/lib/apt/lists/*
RUN --mount=from=certificates,target=/run/certificates \
    cp /run/certificates/*.crt /usr/local/share/ca-certificates/ 2>/dev/null || true; update-ca-certificates
# bpf-linker looks for a libLLVM in the folders of LD_LIBRARY_PATH; the library's package keeps it elsewhere.
RUN ln -s /usr/lib/*-linux-gnu/libLLVM-19.so /usr/lib/llvm-19/lib/
ENV LD_LIBRARY_PATH=/usr/lib/llvm-19/lib
