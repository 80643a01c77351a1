//! A sample replacement for Linnix's cognitod, for machines that can't reach upstream's source. It has the same
//! interfaces and only a fraction of the functions.

mod alerts;
mod config;
mod http;
mod insight;
mod probes;
mod rules;
mod slack;
mod state;
mod stream;
mod watch;

use alerts::Alerts;
use http::{serve, App, Listener};
use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1};
use state::State;
use std::process::exit;
use std::sync::Arc;
use std::{env, fs};
use watch::Watch;

const USAGE: &str = "usage: cognitod [--config FILE] [--check-config] [--version]
A sample implementation of cognitod's interfaces; not Linnix. SIGUSR1 detaches its probes, for tests.";

struct Arguments {
    config: String,
    check_only: bool,
}

fn arguments() -> Arguments {
    let config = env::var("LINNIX_CONFIG").unwrap_or_else(|_| "/etc/linnix/linnix.toml".into());
    let mut parsed = Arguments {
        config,
        check_only: false,
    };
    let mut rest = env::args().skip(1);
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            // The daemon runs itself with this argument: a process whose exit the probes must report.
            "--heartbeat" => exit(0),
            "--version" => {
                println!("cognitod sample {}", env!("CARGO_PKG_VERSION"));
                exit(0);
            }
            "--check-config" => parsed.check_only = true,
            "--config" => match rest.next() {
                Some(file) => parsed.config = file,
                None => stop(2, USAGE),
            },
            _ => stop(2, USAGE),
        }
    }
    parsed
}

fn stop(status: i32, message: &str) -> ! {
    eprintln!("{message}");
    exit(status)
}

/// `--check-config`: exit status 0 and one line, or 1 and every problem on standard error, in upstream's words.
fn check(path: &str) -> ! {
    let problems = config::check(path);
    if problems.is_empty() {
        println!("[cognitod] config OK: {path}");
        exit(0)
    }
    eprintln!("[cognitod] config has {} problem(s):", problems.len());
    for problem in problems {
        eprintln!("  - {problem}");
    }
    exit(1)
}

fn load(path: &str) -> Result<config::Config, String> {
    let mut config = config::load(path)?;
    config.override_with(|name| env::var(name).ok());
    config.check()?;
    Ok(config)
}

/// Loads the rules and starts what delivers their alerts. A rules file that cannot be loaded is reported, and the daemon
/// runs without rules, as upstream does.
fn watch(config: &config::Config) -> Watch {
    let path = config.rules.path();
    let rules = match rules::load(path) {
        Ok(rules) => {
            println!(
                "[cognitod] Rules handler loaded from config {path} ({} rules)",
                rules.len()
            );
            rules
        }
        Err(error) => {
            eprintln!("[cognitod] rules engine unavailable; failed to load {path}: {error}");
            Vec::new()
        }
    };
    let alerts = Arc::new(Alerts::new(&config.logging.alerts_file));
    if let Some(slack) = &config.notifications.slack {
        slack::start(slack.clone(), alerts.subscribe());
    }
    let host = env::var("HOSTNAME").unwrap_or_else(|_| "unknown".into());
    Watch::new(rules, host, alerts)
}

/// CAP_PERFMON and CAP_BPF, or CAP_SYS_ADMIN, which includes both.
fn has_capabilities() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let effective = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok())
        .unwrap_or(0);
    let has = |capability: u32| effective >> capability & 1 == 1;
    has(21) || (has(38) && has(39))
}

fn main() {
    let arguments = arguments();
    if arguments.check_only {
        check(&arguments.config);
    }
    let config = load(&arguments.config).unwrap_or_else(|error| stop(1, &error));
    if !has_capabilities() {
        stop(1, "Missing required capabilities: CAP_BPF and CAP_PERFMON");
    }
    println!("sample daemon, not Linnix");

    let state = Arc::new(State::new());
    let watch = Arc::new(watch(&config));
    let app = Arc::new(App {
        config,
        state: Arc::clone(&state),
        watch: Arc::clone(&watch),
    });
    let listeners = [
        (Listener::Operational, &app.config.outputs.metrics_listen_addr),
        (Listener::Api, &app.config.api.listen_addr),
    ];
    for (listener, address) in listeners {
        serve(listener, address, &app).unwrap_or_else(|error| stop(1, &error));
    }

    let object = env::var("LINNIX_BPF_PATH").unwrap_or_else(|_| "/usr/local/share/linnix/linnix-ai-ebpf-ebpf".into());
    let attached = fs::read(&object)
        .map_err(|error| format!("{object}: {error}"))
        .and_then(|bytes| probes::attach(&bytes, &state, &watch).map_err(|error| error.to_string()));
    match &attached {
        Ok(_) => println!("probes are attached"),
        Err(error) => {
            eprintln!("probes cannot be attached: {error}");
            state.set_failure(Some(error.clone()));
        }
    }

    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGUSR1])
        .unwrap_or_else(|error| stop(1, &format!("signals: {error}")));
    for signal in signals.forever() {
        if signal != SIGUSR1 {
            return;
        }
        if let Ok(attached) = &attached {
            if let Ok(mut programs) = attached.lock() {
                programs.take();
                println!("probes are detached after SIGUSR1");
            }
        }
    }
}
