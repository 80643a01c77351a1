//! The sample's eBPF programs: BTF tracepoints report forks, execs and exits, a classic tracepoint counts system calls.
#![no_std]
#![no_main]

use aya_ebpf::{
    helpers::{bpf_get_current_comm, bpf_get_current_pid_tgid},
    macros::{btf_tracepoint, map, tracepoint},
    maps::{PerCpuArray, PerfEventArray},
    programs::{BtfTracePointContext, TracePointContext},
    EbpfContext,
};
use linnix_ai_ebpf_common::{kind, ProcessEvent};

#[map]
static EVENTS: PerfEventArray<ProcessEvent> = PerfEventArray::new(0);

#[map]
static SYSCALLS: PerCpuArray<u64> = PerCpuArray::with_max_entries(1, 0);

fn report<C: EbpfContext>(ctx: &C, kind: u32) -> i32 {
    let event = ProcessEvent {
        kind,
        pid: (bpf_get_current_pid_tgid() >> 32) as u32,
        comm: bpf_get_current_comm().unwrap_or_default(),
    };
    EVENTS.output(ctx, &event, 0);
    0
}

#[btf_tracepoint(function = "sched_process_fork")]
pub fn on_fork(ctx: BtfTracePointContext) -> i32 {
    report(&ctx, kind::FORK)
}

#[btf_tracepoint(function = "sched_process_exec")]
pub fn on_exec(ctx: BtfTracePointContext) -> i32 {
    report(&ctx, kind::EXEC)
}

#[btf_tracepoint(function = "sched_process_exit")]
pub fn on_exit(ctx: BtfTracePointContext) -> i32 {
    report(&ctx, kind::EXIT)
}

/// There are too many system calls to send an event for each, so they are counted here.
#[tracepoint(category = "raw_syscalls", name = "sys_enter")]
pub fn on_syscall(_ctx: TracePointContext) -> u32 {
    if let Some(count) = SYSCALLS.get_ptr_mut(0) {
        // Each CPU has its own counter, and a tracepoint program can't interrupt itself.
        unsafe { *count += 1 };
    }
    0
}

#[panic_handler]
fn panic(_info: &core::panic::PanicInfo) -> ! {
    loop {}
}

#[link_section = "license"]
#[no_mangle]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";
