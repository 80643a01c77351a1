//! The configuration file and the environment variables that override it: upstream's keys, of which the sample uses some.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::{fs, ops::RangeInclusive};

/// Keys that no field matches. A start ignores them with a warning; `--check-config` rejects them.
type Unknown = BTreeMap<String, toml::Value>;

/// Upstream's default. A missing file is no error, unless the configuration names it.
const DEFAULT_RULES: &str = "/etc/linnix/rules.toml";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Config {
    pub api: Api,
    pub runtime: Runtime,
    pub telemetry: Telemetry,
    pub reasoner: Reasoner,
    pub outputs: Outputs,
    pub psi: Psi,
    pub rules: Rules,
    pub logging: Logging,
    pub notifications: Notifications,
    pub circuit_breaker: CircuitBreaker,
    pub noise_budget: NoiseBudget,
    pub privacy: Privacy,
    pub prometheus: Prometheus,
    pub probes: toml::Table,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct Api {
    pub listen_addr: String,
    pub auth_token: Option<String>,
    pub require_kernel_instrumentation: bool,
    pub unix_socket: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct Runtime {
    pub offline: bool,
    pub cpu_target_pct: u64,
    pub rss_cap_mb: u64,
    pub events_rate_cap: u64,
}

#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct Telemetry {
    pub sample_interval_ms: u64,
    pub retention_seconds: u64,
    pub min_eps_to_enable: u64,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct Reasoner {
    pub enabled: bool,
    pub endpoint: String,
    pub model: String,
    pub timeout_ms: u64,
    #[serde(flatten)]
    pub unknown: Unknown,
}

#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct Outputs {
    pub slack: bool,
    pub pagerduty: bool,
    pub prometheus: bool,
    pub metrics_listen_addr: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Psi {
    pub sustained_pressure_seconds: u64,
    pub attribution_threshold_ms: u64,
    pub attribution_cooldown_seconds: u64,
}

// The sample only checks the types of the following sections.

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct CircuitBreaker {
    pub enabled: bool,
    pub cpu_usage_threshold: f32,
    pub cpu_psi_threshold: f32,
    pub memory_psi_full_threshold: f32,
    pub io_psi_full_threshold: f32,
    pub check_interval_secs: u64,
    pub grace_period_secs: u64,
    pub require_human_approval: bool,
    pub mode: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NoiseBudget {
    pub max_alerts_per_hour: u32,
    pub enabled: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Privacy {
    pub redact_sensitive_data: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Prometheus {
    pub enabled: bool,
}

#[derive(Debug, Default, Deserialize)]
#[allow(dead_code)]
pub struct Apprise {
    pub urls: Vec<String>,
    pub min_severity: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Rules {
    path: Option<String>,
}

impl Rules {
    /// The rules file. The sample reads YAML only.
    pub fn path(&self) -> &str {
        self.path.as_deref().unwrap_or(DEFAULT_RULES)
    }
}

#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct Logging {
    /// Alerts are appended to it, one line of JSON each.
    pub alerts_file: String,
    pub journald: bool,
    pub insights_file: Option<String>,
    pub incident_context_file: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Notifications {
    pub apprise: Option<Apprise>,
    pub slack: Option<Slack>,
}

/// Other keys are upstream's, for messages that the sample does not send.
#[derive(Clone, Debug, Deserialize)]
pub struct Slack {
    /// A secret: who knows it can post.
    pub webhook_url: String,
    pub channel: Option<String>,
}

impl Default for Logging {
    fn default() -> Self {
        Self {
            alerts_file: "/var/log/linnix/alerts.ndjson".into(),
            journald: true,
            insights_file: None,
            incident_context_file: None,
        }
    }
}

impl Default for Api {
    fn default() -> Self {
        Self {
            listen_addr: "127.0.0.1:3000".into(),
            auth_token: None,
            require_kernel_instrumentation: true,
            unix_socket: None,
        }
    }
}

impl Default for Runtime {
    fn default() -> Self {
        Self {
            offline: true,
            cpu_target_pct: 25,
            rss_cap_mb: 512,
            events_rate_cap: 100_000,
        }
    }
}

impl Default for Reasoner {
    fn default() -> Self {
        Self {
            enabled: true,
            endpoint: "http://127.0.0.1:8090/v1/chat/completions".into(),
            model: "linnix-3b-distilled".into(),
            timeout_ms: 120_000,
            unknown: Unknown::new(),
        }
    }
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            sample_interval_ms: 5_000,
            retention_seconds: 300,
            min_eps_to_enable: 20,
            unknown: Unknown::new(),
        }
    }
}

impl Default for Outputs {
    fn default() -> Self {
        Self {
            slack: false,
            pagerduty: false,
            prometheus: true,
            metrics_listen_addr: "127.0.0.1:9464".into(),
        }
    }
}

/// True for https, and for http to this machine, which is how tests receive alerts.
fn is_safe_webhook(address: &str) -> bool {
    let host = address
        .strip_prefix("http://")
        .and_then(|rest| rest.split(['/', ':', '?', '#']).next());
    address.starts_with("https://") || matches!(host, Some("127.0.0.1" | "localhost"))
}

/// Upstream's limits; a start corrects other values.
const SAMPLE_INTERVAL_MS: RangeInclusive<u64> = 100..=60_000;
const RETENTION_SECONDS: RangeInclusive<u64> = 10..=3_600;

/// Parses a configuration. Unknown keys are no error; see [`Config::problems`].
pub fn parse(text: &str) -> Result<Config, String> {
    toml::from_str(text).map_err(|error| error.to_string())
}

/// Reads a configuration for a start: a missing file has defaults, an invalid one is an error, and what upstream ignores or
/// corrects is reported.
pub fn load(path: &str) -> Result<Config, String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("{path}: {error}")),
    };
    let mut config = parse(&text).map_err(|error| format!("{path}: {error}"))?;
    for problem in config.problems() {
        eprintln!("[config] ignored or corrected: {problem}");
    }
    config.telemetry.correct();
    Ok(config)
}

/// What `--check-config` reports of a file, as upstream does. It reads that file only: neither the environment nor the rules.
pub fn check(path: &str) -> Vec<String> {
    match fs::read_to_string(path) {
        Ok(text) => match parse(&text) {
            Ok(config) => config.problems(),
            Err(error) => vec![format!("parse error: {error}")],
        },
        Err(error) if error.kind() == ErrorKind::NotFound => vec![format!("no config file at {path}")],
        Err(error) => vec![format!("cannot read {path}: {error}")],
    }
}

impl Telemetry {
    fn problems(&self) -> Vec<String> {
        [
            ("sample_interval_ms", self.sample_interval_ms, SAMPLE_INTERVAL_MS),
            ("retention_seconds", self.retention_seconds, RETENTION_SECONDS),
        ]
        .into_iter()
        .filter(|(_, value, limits)| !limits.contains(value))
        .map(|(key, value, limits)| format!("[telemetry] {key} = {value} is outside {limits:?}"))
        .collect()
    }

    fn correct(&mut self) {
        let within = |value: u64, limits: RangeInclusive<u64>| value.clamp(*limits.start(), *limits.end());
        self.sample_interval_ms = within(self.sample_interval_ms, SAMPLE_INTERVAL_MS);
        self.retention_seconds = within(self.retention_seconds, RETENTION_SECONDS);
    }
}

impl Config {
    /// Overrides values with environment variables, which have upstream's names.
    pub fn override_with(&mut self, get: impl Fn(&str) -> Option<String>) {
        let overrides: [(&str, &mut String); 4] = [
            ("LINNIX_LISTEN_ADDR", &mut self.api.listen_addr),
            ("LINNIX_METRICS_LISTEN_ADDR", &mut self.outputs.metrics_listen_addr),
            ("LLM_ENDPOINT", &mut self.reasoner.endpoint),
            ("LLM_MODEL", &mut self.reasoner.model),
        ];
        for (name, target) in overrides {
            if let Some(value) = get(name) {
                *target = value;
            }
        }
        if let Some(token) = get("LINNIX_API_TOKEN").filter(|token| !token.is_empty()) {
            self.api.auth_token = Some(token);
        }
    }

    /// What upstream's check rejects. It notices an unknown key in three places only: at the top, in `[reasoner]` and in
    /// `[telemetry]`.
    fn problems(&self) -> Vec<String> {
        let unread = "(not read by the daemon)";
        let top = self
            .unknown
            .keys()
            .map(|key| format!("unrecognised top-level section or key `{key}` {unread}"));
        let reasoner = self
            .reasoner
            .unknown
            .keys()
            .map(|key| format!("unrecognised key `{key}` in [reasoner] {unread}"));
        let telemetry = self
            .telemetry
            .unknown
            .keys()
            .map(|key| format!("unrecognised key `{key}` in [telemetry] {unread}"));
        top.chain(reasoner)
            .chain(telemetry)
            .chain(self.telemetry.problems())
            .collect()
    }

    /// Rejects configurations with which a start would be unsafe or impossible.
    pub fn check(&self) -> Result<(), String> {
        let address = |key: &str, value: &str| -> Result<SocketAddr, String> {
            value
                .parse()
                .map_err(|_| format!("{key} = {value:?} must be an address with a port, such as 127.0.0.1:3000"))
        };
        let api = address("api.listen_addr", &self.api.listen_addr)?;
        address("outputs.metrics_listen_addr", &self.outputs.metrics_listen_addr)?;
        if !api.ip().is_loopback() && self.api.auth_token.is_none() {
            return Err(format!(
                "api.listen_addr = {api} is not a loopback address: set LINNIX_API_TOKEN"
            ));
        }
        match &self.notifications.slack {
            Some(slack) if !is_safe_webhook(&slack.webhook_url) => {
                Err("notifications.slack.webhook_url must begin with https://".into())
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
