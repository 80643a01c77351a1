# Builds eBPF objects: the packages that the stages `object` and `preflight` of docker/cognitod/Dockerfile install on plain
# Debian (tests/unit/docker/ebpf-recipe.test.ts compares both lists), and the machine's added certificates.
ARG BASE
FROM ${BASE}
RUN apt-get update \
 && apt-get install -y ca-certificates cargo clang gcc git libbpf-dev libc6-dev libelf-dev libllvm19 libssl-dev \
      libzstd-dev llvm-19 make pkg-config rust-src rustc zlib1g-dev \
 && rm -rf /var/lib/apt/lists/*
RUN --mount=from=certificates,target=/run/certificates \
    cp /run/certificates/*.crt /usr/local/share/ca-certificates/ 2>/dev/null || true; update-ca-certificates
# bpf-linker searches the folders of LD_LIBRARY_PATH for a libLLVM; the package installs the library elsewhere.
RUN ln -s /usr/lib/*-linux-gnu/libLLVM-19.so /usr/lib/llvm-19/lib/
ENV LD_LIBRARY_PATH=/usr/lib/llvm-19/lib
