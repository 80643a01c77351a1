//! The events that the eBPF programs send to the daemon.
#![no_std]

/// The kinds of events.
pub mod kind {
    pub const FORK: u32 = 1;
    pub const EXEC: u32 = 2;
    pub const EXIT: u32 = 3;
}

/// One process event, as it is stored in the perf buffer.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ProcessEvent {
    /// One of [`kind`].
    pub kind: u32,
    /// The process id in the host's PID namespace.
    pub pid: u32,
    /// The task's name, padded with zeros.
    pub comm: [u8; 16],
}
