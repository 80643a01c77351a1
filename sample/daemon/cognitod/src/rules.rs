//! The rules file and its detectors. The sample accepts every detector that upstream has and runs one: `forks_per_sec`.

use crate::alerts::{Alert, Severity};
use serde::{Deserialize, Deserializer};
use std::collections::VecDeque;
use std::fs;
use std::time::{Duration, Instant};

const DEFAULT_COOLDOWN_SECONDS: u64 = 60;
/// A cooldown of 0 still suppresses the duplicates of one event.
const SHORTEST_COOLDOWN: Duration = Duration::from_millis(100);

/// One entry of the rules file, a YAML list.
#[derive(Debug, Deserialize)]
pub struct Rule {
    name: String,
    #[serde(default, deserialize_with = "severity")]
    severity: Severity,
    /// Seconds without another alert after one.
    #[serde(default = "default_cooldown")]
    cooldown: u64,
    #[serde(flatten)]
    detector: Detector,
}

/// Upstream's detectors with their required keys. Those that the sample does not run are parsed all the same, so that a
/// file which upstream rejects is rejected here too.
#[derive(Debug, Deserialize)]
#[serde(tag = "detector", rename_all = "snake_case")]
#[allow(dead_code)]
enum Detector {
    /// At least `threshold` forks per second over `duration` seconds.
    ForksPerSec {
        threshold: u64,
        duration: u64,
    },
    ForkBurst {
        threshold: u64,
        window_seconds: u64,
    },
    ShortJobFlood {
        threshold: u64,
        window_seconds: u64,
    },
    RunawayTree {
        threshold: u64,
        window_seconds: u64,
    },
    ExecRate {
        regex: String,
        rate_per_min: u64,
        median_lifetime: u64,
    },
    SubtreeCpuPct {
        threshold: f32,
        duration: u64,
    },
    SubtreeRssMb {
        threshold: u64,
        duration: u64,
    },
    ZombieCount {
        threshold: u64,
        duration: u64,
    },
    SystemPsiCpu {
        threshold_pct: f32,
        duration: u64,
    },
    SystemPsiMemory {
        threshold_pct: f32,
        duration: u64,
    },
    SystemPsiIo {
        threshold_pct: f32,
        duration: u64,
    },
}

fn default_cooldown() -> u64 {
    DEFAULT_COOLDOWN_SECONDS
}

/// Upper and lower case are equal, and an unknown severity is `info`, as upstream has it.
fn severity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Severity, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    Ok(match text.to_lowercase().as_str() {
        "low" => Severity::Low,
        "medium" => Severity::Medium,
        "high" => Severity::High,
        _ => Severity::Info,
    })
}

/// Parses a rules file; an empty one has no rules.
fn parse(text: &str) -> Result<Vec<Rule>, String> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    serde_yaml_ng::from_str(text).map_err(|error| error.to_string())
}

/// Reads and parses a rules file.
pub fn load(path: &str) -> Result<Vec<Rule>, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    parse(&text)
}

/// A `forks_per_sec` rule with the forks that it has counted.
struct ForkRate {
    rule: Rule,
    threshold: u64,
    /// Forks within the window that raise an alert.
    target: u64,
    window: Duration,
    recent: VecDeque<Instant>,
    silent_until: Option<Instant>,
}

impl ForkRate {
    fn new(rule: Rule) -> Option<Self> {
        let Detector::ForksPerSec { threshold, duration } = rule.detector else {
            return None;
        };
        Some(Self {
            rule,
            threshold,
            target: threshold.saturating_mul(duration).max(threshold),
            window: Duration::from_secs(duration),
            recent: VecDeque::new(),
            silent_until: None,
        })
    }

    /// Counts a fork. True if it raises an alert.
    fn fork(&mut self, now: Instant) -> bool {
        self.recent.push_back(now);
        // No more than the target is kept: if that many are within the window, it does not matter how many more are.
        while self.recent.len() as u64 > self.target.max(1)
            || self
                .recent
                .front()
                .is_some_and(|first| now.duration_since(*first) > self.window)
        {
            self.recent.pop_front();
        }
        let silent = self.silent_until.is_some_and(|until| now <= until);
        if silent || (self.recent.len() as u64) < self.target {
            return false;
        }
        self.silent_until = Some(now + Duration::from_secs(self.rule.cooldown).max(SHORTEST_COOLDOWN));
        true
    }
}

/// The detectors of all rules that the sample runs.
pub struct Detectors {
    host: String,
    fork_rates: Vec<ForkRate>,
}

impl Detectors {
    pub fn new(rules: Vec<Rule>, host: String) -> Self {
        let fork_rates = rules.into_iter().filter_map(ForkRate::new).collect();
        Self { host, fork_rates }
    }

    /// Counts a fork for every rule. Returns the alerts that it raises.
    pub fn fork(&mut self, now: Instant) -> Vec<Alert> {
        let host = &self.host;
        let raised = self
            .fork_rates
            .iter_mut()
            .filter_map(|rate| rate.fork(now).then_some(&*rate));
        raised
            .map(|rate| Alert {
                rule: rate.rule.name.clone(),
                severity: rate.rule.severity,
                message: format!("fork rate exceeded {} per second", rate.threshold),
                host: host.clone(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORM: &str = "
- name: fork_storm
  detector: forks_per_sec
  threshold: 5
  duration: 2
  severity: High
  cooldown: 30
";

    fn detectors(text: &str) -> Detectors {
        Detectors::new(parse(text).unwrap(), "here".into())
    }

    /// The number of alerts that a number of forks at one moment raise.
    fn forks(detectors: &mut Detectors, number: usize, at: Instant) -> usize {
        (0..number).map(|_| detectors.fork(at).len()).sum()
    }

    #[test]
    fn the_rate_must_be_reached_within_the_window() {
        let start = Instant::now();
        let mut slow = detectors(STORM);
        assert_eq!(forks(&mut slow, 9, start), 0);
        assert_eq!(forks(&mut slow, 9, start + Duration::from_millis(2001)), 0);
        let mut fast = detectors(STORM);
        assert_eq!(forks(&mut fast, 9, start), 0);
        let alerts = fast.fork(start + Duration::from_secs(2));
        let expected = Alert {
            rule: "fork_storm".into(),
            severity: Severity::High,
            message: "fork rate exceeded 5 per second".into(),
            host: "here".into(),
        };
        assert_eq!(alerts, [expected]);
    }

    #[test]
    fn an_alert_is_repeated_only_after_its_cooldown() {
        let start = Instant::now();
        let mut storm = detectors(STORM);
        assert_eq!(forks(&mut storm, 1000, start), 1);
        assert_eq!(forks(&mut storm, 1000, start + Duration::from_secs(30)), 0);
        assert_eq!(forks(&mut storm, 1000, start + Duration::from_millis(30_001)), 1);
    }

    #[test]
    fn memory_is_bounded_by_the_window_and_by_the_target() {
        let start = Instant::now();
        let mut storm = detectors(STORM);
        forks(&mut storm, 1000, start);
        assert_eq!(storm.fork_rates[0].recent.len(), 10);
        let mut never =
            detectors("[{name: never, detector: forks_per_sec, threshold: 18446744073709551615, duration: 2}]");
        forks(&mut never, 1000, start);
        forks(&mut never, 1, start + Duration::from_secs(3));
        assert_eq!(never.fork_rates[0].recent.len(), 1);
    }

    #[test]
    fn all_of_upstreams_detectors_are_accepted() {
        let text = "
- {name: a, detector: fork_burst, threshold: 1, window_seconds: 1}
- {name: b, detector: short_job_flood, threshold: 1, window_seconds: 1, max_exec_duration_ms: 5}
- {name: c, detector: runaway_tree, threshold: 1, window_seconds: 1}
- {name: d, detector: exec_rate, regex: x, rate_per_min: 1, median_lifetime: 1}
- {name: e, detector: subtree_cpu_pct, threshold: 90, duration: 1}
- {name: f, detector: subtree_rss_mb, threshold: 1, duration: 1}
- {name: g, detector: zombie_count, threshold: 1, duration: 1}
- {name: h, detector: system_psi_cpu, threshold_pct: 1.5, duration: 1, severity: low}
- {name: i, detector: system_psi_memory, threshold_pct: 1, duration: 1, severity: medium}
- {name: j, detector: system_psi_io, threshold_pct: 1, duration: 1, severity: unheard-of, cooldown: 0}
";
        let rules = parse(text).unwrap();
        assert_eq!(rules.len(), 10);
        let severities: Vec<_> = rules.iter().skip(6).map(|rule| rule.severity).collect();
        assert_eq!(
            severities,
            [Severity::Info, Severity::Low, Severity::Medium, Severity::Info]
        );
        assert_eq!((rules[0].cooldown, rules[9].cooldown), (60, 0));
    }

    #[test]
    fn what_upstream_rejects_is_rejected() {
        assert_eq!(parse(" \n").unwrap().len(), 0);
        for (text, expected) in [
            (
                "- {name: a, detector: forks_per_second, threshold: 1, duration: 1}",
                "forks_per_second",
            ),
            ("- {name: a, detector: forks_per_sec, threshold: 1}", "duration"),
            ("- {detector: forks_per_sec, threshold: 1, duration: 1}", "name"),
            (
                "- {name: a, detector: forks_per_sec, threshold: 1.5, duration: 1}",
                "1.5",
            ),
            ("rules: []", "sequence"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
