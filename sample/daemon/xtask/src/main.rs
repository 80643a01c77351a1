//! `cargo xtask build-ebpf`: compiles the eBPF programs for the BPF target, with the core library built from source.

use std::process::{exit, Command};

const BUILD: [&str; 8] = [
    "build",
    "--package",
    "linnix-ai-ebpf-ebpf",
    "--release",
    "--target",
    "bpfel-unknown-none",
    "-Z",
    "build-std=core",
];

fn main() {
    let task = std::env::args().nth(1).unwrap_or_default();
    if task != "build-ebpf" {
        eprintln!("unknown task {task:?}; the only task is build-ebpf");
        exit(2);
    }
    // With rustup, this variable selects the nightly tool chain. Without rustup it has no effect, and RUSTC_BOOTSTRAP
    // enables the unstable features.
    let status = Command::new("cargo")
        .args(BUILD)
        .env("RUSTUP_TOOLCHAIN", "nightly-2024-12-10")
        .status();
    match status {
        Ok(status) => exit(status.code().unwrap_or(1)),
        Err(error) => {
            eprintln!("cargo cannot be run: {error}");
            exit(1);
        }
    }
}
