//! Alerts and where they go: the log, a file, and the subscribers, which are `GET /alerts` and Slack.

use serde::Serialize;
use std::fs::{create_dir_all, OpenOptions};
use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{sync_channel, Receiver, SyncSender, TrySendError};
use std::sync::Mutex;

/// Alerts that a slow subscriber may be behind; it misses those after them.
const BACKLOG: usize = 128;

/// In JSON the variant's name, as upstream has it: `"High"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub enum Severity {
    #[default]
    Info,
    Low,
    Medium,
    High,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alert {
    pub rule: String,
    pub severity: Severity,
    pub message: String,
    pub host: String,
}

/// Delivers alerts.
pub struct Alerts {
    file: PathBuf,
    emitted: AtomicU64,
    subscribers: Mutex<Vec<SyncSender<Alert>>>,
}

impl Alerts {
    pub fn new(file: &str) -> Self {
        Self {
            file: file.into(),
            emitted: AtomicU64::new(0),
            subscribers: Mutex::new(Vec::new()),
        }
    }

    /// The alerts that are emitted from now on. The subscription ends when the receiver is dropped.
    pub fn subscribe(&self) -> Receiver<Alert> {
        let (sender, receiver) = sync_channel(BACKLOG);
        self.subscribers().push(sender);
        receiver
    }

    /// The number of alerts so far.
    pub fn emitted(&self) -> u64 {
        self.emitted.load(Ordering::Relaxed)
    }

    pub fn emit(&self, alert: &Alert) {
        println!(
            "[rules] emitting alert rule={} severity={} message={}",
            alert.rule,
            alert.severity.as_str(),
            alert.message
        );
        if let Err(error) = append(&self.file, alert) {
            eprintln!("{}: {error}", self.file.display());
        }
        self.subscribers()
            .retain(|sender| !matches!(sender.try_send(alert.clone()), Err(TrySendError::Disconnected(_))));
        self.emitted.fetch_add(1, Ordering::Relaxed);
    }

    fn subscribers(&self) -> std::sync::MutexGuard<'_, Vec<SyncSender<Alert>>> {
        self.subscribers.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Appends the alert as a line of JSON.
fn append(file: &Path, alert: &Alert) -> Result<(), Error> {
    let mut line = serde_json::to_string(alert).map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
    line.push('\n');
    if let Some(folder) = file.parent() {
        create_dir_all(folder)?;
    }
    // One write, so that a reader never finds half a line.
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)?
        .write_all(line.as_bytes())
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use std::fs;

    pub fn alert() -> Alert {
        Alert {
            rule: "fork_storm".into(),
            severity: Severity::High,
            message: "fork rate exceeded 5 per second".into(),
            host: "here".into(),
        }
    }

    /// A path in a folder that does not exist.
    fn scratch_file(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("linnix-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder.join("log/alerts.ndjson")
    }

    #[test]
    fn an_alert_is_appended_counted_and_delivered() {
        let file = scratch_file("append");
        let alerts = Alerts::new(&file.to_string_lossy());
        let (one, gone) = (alerts.subscribe(), alerts.subscribe());
        drop(gone);
        alerts.emit(&alert());
        alerts.emit(&alert());
        let line =
            r#"{"rule":"fork_storm","severity":"High","message":"fork rate exceeded 5 per second","host":"here"}"#;
        assert_eq!(fs::read_to_string(&file).unwrap(), format!("{line}\n{line}\n"));
        assert_eq!((alerts.emitted(), one.try_iter().count()), (2, 2));
        assert_eq!(alerts.subscribers().len(), 1);
    }

    #[test]
    fn a_slow_subscriber_misses_alerts_and_blocks_nobody() {
        let alerts = Alerts::new("/dev/null");
        let slow = alerts.subscribe();
        for _ in 0..BACKLOG + 10 {
            alerts.emit(&alert());
        }
        assert_eq!(slow.try_iter().count(), BACKLOG);
    }
}
