//! The recorded events and the state of the probes, shared between the threads.

use linnix_ai_ebpf_common::{kind, ProcessEvent};
use std::collections::{HashSet, VecDeque};
use std::sync::Mutex;
use std::time::Instant;

/// The number of program names to keep for the insight's prompt.
const RECENT: usize = 64;

#[derive(Default, Clone)]
pub struct Counts {
    pub forks: u64,
    pub execs: u64,
    pub exits: u64,
    pub syscalls: u64,
    pub lost: u64,
    pub poll_errors: u64,
}

#[derive(Default)]
struct Inner {
    counts: Counts,
    recent: VecDeque<String>,
    exited: HashSet<u32>,
    /// Why the probes do not work; None if they do.
    failure: Option<String>,
}

pub struct State {
    started: Instant,
    inner: Mutex<Inner>,
}

impl State {
    pub fn new() -> Self {
        let inner = Inner {
            failure: Some("probes are being attached".into()),
            ..Inner::default()
        };
        Self {
            started: Instant::now(),
            inner: Mutex::new(inner),
        }
    }

    fn with<T>(&self, body: impl FnOnce(&mut Inner) -> T) -> T {
        body(&mut self.inner.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    pub fn record(&self, event: &ProcessEvent) {
        self.with(|inner| match event.kind {
            kind::FORK => inner.counts.forks += 1,
            kind::EXEC => {
                inner.counts.execs += 1;
                inner.recent.push_back(name(&event.comm));
                if inner.recent.len() > RECENT {
                    inner.recent.pop_front();
                }
            }
            kind::EXIT => {
                inner.counts.exits += 1;
                inner.exited.insert(event.pid);
            }
            _ => {}
        });
    }

    pub fn lost(&self, events: u64) {
        self.with(|inner| inner.counts.lost += events);
    }

    pub fn poll_error(&self) {
        self.with(|inner| inner.counts.poll_errors += 1);
    }

    pub fn set_syscalls(&self, count: u64) {
        self.with(|inner| inner.counts.syscalls = count);
    }

    /// Clears the recorded exits, before a heartbeat.
    pub fn forget_exits(&self) {
        self.with(|inner| inner.exited.clear());
    }

    pub fn saw_exit(&self, pid: u32) -> bool {
        self.with(|inner| inner.exited.contains(&pid))
    }

    pub fn set_failure(&self, failure: Option<String>) {
        self.with(|inner| inner.failure = failure);
    }

    pub fn failure(&self) -> Option<String> {
        self.with(|inner| inner.failure.clone())
    }

    pub fn counts(&self) -> Counts {
        self.with(|inner| inner.counts.clone())
    }

    pub fn recent(&self) -> Vec<String> {
        self.with(|inner| inner.recent.iter().cloned().collect())
    }

    pub fn uptime_seconds(&self) -> u64 {
        self.started.elapsed().as_secs()
    }
}

/// A task's name without its padding.
fn name(comm: &[u8; 16]) -> String {
    let end = comm.iter().position(|byte| *byte == 0).unwrap_or(comm.len());
    String::from_utf8_lossy(&comm[..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: u32, pid: u32) -> ProcessEvent {
        let mut comm = [0; 16];
        comm[..2].copy_from_slice(b"sh");
        ProcessEvent { kind, pid, comm }
    }

    #[test]
    fn events_are_counted_by_kind_and_execs_remembered() {
        let state = State::new();
        state.record(&event(kind::FORK, 1));
        state.record(&event(kind::EXEC, 2));
        state.record(&event(kind::EXIT, 2));
        let counts = state.counts();
        assert_eq!((counts.forks, counts.execs, counts.exits), (1, 1, 1));
        assert_eq!(state.recent(), ["sh"]);
        assert!(state.saw_exit(2) && !state.saw_exit(1));
        state.forget_exits();
        assert!(!state.saw_exit(2));
    }

    #[test]
    fn it_reports_a_failure_until_the_probes_work() {
        let state = State::new();
        assert!(state.failure().is_some());
        state.set_failure(None);
        assert!(state.failure().is_none());
    }
}
