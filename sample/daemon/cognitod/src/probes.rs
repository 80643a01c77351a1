//! Loads and attaches the eBPF programs, reads their events, and checks every two seconds that events still arrive.

use crate::state::State;
use crate::watch::Watch;
use aya::maps::perf::{PerfBufferError, PerfEventArray};
use aya::maps::{MapData, PerCpuArray};
use aya::programs::{BtfTracePoint, TracePoint};
use aya::util::online_cpus;
use aya::{Btf, Ebpf};
use linnix_ai_ebpf_common::{kind, ProcessEvent};
use std::error::Error;
use std::os::fd::{AsFd, AsRawFd};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Pages of each CPU's ring.
const RING_PAGES: usize = 16;
const HEARTBEAT_EVERY: Duration = Duration::from_secs(2);
const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(1);

/// The attached programs. Dropping the `Ebpf` inside detaches them.
pub type Attached = Arc<Mutex<Option<Ebpf>>>;

/// Loads and attaches all programs, and starts the threads that read their events. Returns the first error.
pub fn attach(object: &[u8], state: &Arc<State>, watch: &Arc<Watch>) -> Result<Attached, Box<dyn Error>> {
    let btf = Btf::from_sys_fs()?;
    let mut ebpf = Ebpf::load(object)?;
    for (program, function) in [
        ("on_fork", "sched_process_fork"),
        ("on_exec", "sched_process_exec"),
        ("on_exit", "sched_process_exit"),
    ] {
        let program: &mut BtfTracePoint = ebpf.program_mut(program).ok_or("no such program")?.try_into()?;
        program.load(function, &btf)?;
        program.attach()?;
    }
    let program: &mut TracePoint = ebpf.program_mut("on_syscall").ok_or("no such program")?.try_into()?;
    program.load()?;
    program.attach("raw_syscalls", "sys_enter")?;

    let mut events = PerfEventArray::try_from(ebpf.take_map("EVENTS").ok_or("no such map")?)?;
    for cpu in online_cpus().map_err(|(what, error)| format!("{what}: {error}"))? {
        let ring = events.open(cpu, Some(RING_PAGES))?;
        let (state, watch) = (Arc::clone(state), Arc::clone(watch));
        thread::spawn(move || read_ring(ring, &state, &watch));
    }
    let syscalls = PerCpuArray::try_from(ebpf.take_map("SYSCALLS").ok_or("no such map")?)?;
    let attached = Arc::new(Mutex::new(Some(ebpf)));
    let state = Arc::clone(state);
    thread::spawn(move || check_repeatedly(&syscalls, &state));
    Ok(attached)
}

/// Waits until a ring has data, for at most a second.
fn wait(ring: &impl AsFd) {
    let mut poll = libc::pollfd {
        fd: ring.as_fd().as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    unsafe { libc::poll(&mut poll, 1, 1000) };
}

fn read_ring(mut ring: aya::maps::perf::PerfEventArrayBuffer<MapData>, state: &State, watch: &Watch) {
    let mut buffers: Vec<_> = (0..32).map(|_| event_buffer()).collect();
    loop {
        wait(&ring);
        match ring.read_events(&mut buffers) {
            Ok(read) => {
                for buffer in buffers.iter().take(read.read) {
                    if buffer.len() >= size_of::<ProcessEvent>() {
                        // The eBPF programs write exactly this structure, but the buffer may not be aligned for it.
                        let event = unsafe { buffer.as_ptr().cast::<ProcessEvent>().read_unaligned() };
                        state.record(&event);
                        if event.kind == kind::FORK {
                            watch.fork();
                        }
                    }
                }
                state.lost(read.lost as u64);
            }
            Err(PerfBufferError::NoBuffers) => {}
            Err(_) => state.poll_error(),
        }
    }
}

fn event_buffer() -> bytes::BytesMut {
    bytes::BytesMut::with_capacity(size_of::<ProcessEvent>() + 16)
}

/// Readiness requires events, not only attached programs: the probes must report the exit of a child of this process.
fn check_repeatedly(syscalls: &PerCpuArray<MapData, u64>, state: &State) {
    loop {
        let failure = heartbeat(state).err();
        state.set_failure(failure);
        if let Ok(counts) = syscalls.get(&0, 0) {
            state.set_syscalls(counts.iter().sum());
        }
        thread::sleep(HEARTBEAT_EVERY);
    }
}

fn heartbeat(state: &State) -> Result<(), String> {
    state.forget_exits();
    let mut child = Command::new("/proc/self/exe")
        .arg("--heartbeat")
        .stdin(Stdio::null())
        .spawn()
        .map_err(|error| format!("heartbeat cannot be started: {error}"))?;
    let pid = child.id();
    child.wait().map_err(|error| format!("heartbeat: {error}"))?;
    let until = Instant::now() + HEARTBEAT_TIMEOUT;
    while Instant::now() < until {
        if state.saw_exit(pid) {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Err("the probes deliver no events: they are detached, or this is not the host's PID namespace".into())
}
