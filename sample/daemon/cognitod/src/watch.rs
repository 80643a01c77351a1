//! Runs the rules on the events and emits the alerts that they raise.

use crate::alerts::Alerts;
use crate::rules::{Detectors, Rule};
use std::sync::{Arc, Mutex};
use std::time::Instant;

pub struct Watch {
    /// The number of rules in the file, including those that the sample does not run.
    pub active_rules: usize,
    pub alerts: Arc<Alerts>,
    detectors: Mutex<Detectors>,
}

impl Watch {
    pub fn new(rules: Vec<Rule>, host: String, alerts: Arc<Alerts>) -> Self {
        Self {
            active_rules: rules.len(),
            alerts,
            detectors: Mutex::new(Detectors::new(rules, host)),
        }
    }

    /// Handles one fork event.
    pub fn fork(&self) {
        let raised = self
            .detectors
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
            .fork(Instant::now());
        for alert in &raised {
            self.alerts.emit(alert);
        }
    }
}
