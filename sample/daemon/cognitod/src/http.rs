//! The two listeners: the API, which requires the token, and the operational one, which never does.

use crate::config::{Config, Reasoner};
use crate::insight::insight;
use crate::state::State;
use crate::stream::stream_alerts;
use crate::watch::Watch;
use serde_json::{json, Value};
use std::sync::Arc;
use std::thread;
use tiny_http::{Header, Request, Response, Server};

/// Several threads per listener, so that health checks are answered while other requests wait for the model.
const WORKERS: usize = 4;

#[derive(Clone, Copy, PartialEq)]
pub enum Listener {
    Api,
    Operational,
}

/// What the responses are made of.
pub struct App {
    pub config: Config,
    pub state: Arc<State>,
    pub watch: Arc<Watch>,
}

/// Status and body of a response.
type Reply = (u16, Body);

pub enum Body {
    Json(Value),
    Text(String),
    Html(&'static str),
}

/// True if a request may use the API.
pub fn is_authorized(token: Option<&str>, authorization: Option<&str>) -> bool {
    match token {
        None => true,
        Some(token) => authorization.and_then(|value| value.strip_prefix("Bearer ")) == Some(token),
    }
}

fn instrumentation(state: &State) -> &'static str {
    if state.failure().is_none() {
        "active"
    } else {
        "unavailable"
    }
}

fn btf_available() -> bool {
    std::path::Path::new("/sys/kernel/btf/vmlinux").exists()
}

fn healthz(state: &State) -> Reply {
    let body = json!({
        "status": "ok",
        "kernel_instrumentation": instrumentation(state),
        "transport": "perf",
        "sample": true,
    });
    (200, Body::Json(body))
}

fn readyz(state: &State, required: bool) -> Reply {
    let failure = state.failure();
    let ready = failure.is_none() || !required;
    let body = json!({
        "ready": ready,
        "reason": failure,
        "kernel_instrumentation": instrumentation(state),
        "transport": "perf",
        "btf_available": btf_available(),
        "rss_probe": "disabled",
        "sample": true,
    });
    (if ready { 200 } else { 503 }, Body::Json(body))
}

/// A part of upstream's status. The number of active rules is in no other response.
fn status(App { config, state, watch }: &App) -> Reply {
    let counts = state.counts();
    let Reasoner {
        enabled,
        endpoint,
        timeout_ms,
        ..
    } = &config.reasoner;
    let body = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_s": state.uptime_seconds(),
        "offline": config.runtime.offline,
        "transport": "perf",
        "active_rules": watch.active_rules,
        "probes": {"rss_probe": "disabled", "btf": btf_available()},
        "reasoner": {"configured": enabled, "endpoint": endpoint, "timeout_ms": timeout_ms},
        "perf_poll_errors": counts.poll_errors,
        "dropped_events_total": counts.lost,
        "sample": true,
    });
    (200, Body::Json(body))
}

fn metrics(App { state, watch, .. }: &App) -> Reply {
    let counts = state.counts();
    let rows = [
        (
            "linnix_kernel_instrumentation_active",
            "gauge",
            u64::from(state.failure().is_none()),
        ),
        ("linnix_uptime_seconds", "gauge", state.uptime_seconds()),
        (
            "linnix_events_total",
            "counter",
            counts.forks + counts.execs + counts.exits,
        ),
        ("linnix_syscalls_total", "counter", counts.syscalls),
        ("linnix_alerts_emitted_total", "counter", watch.alerts.emitted()),
        ("linnix_dropped_events_total", "counter", counts.lost),
        ("linnix_ringbuf_overflows_total", "counter", 0),
        ("linnix_rate_limited_total", "counter", 0),
        ("linnix_perf_poll_errors_total", "counter", counts.poll_errors),
    ];
    let text = rows.map(|(name, kind, value)| format!("# TYPE {name} {kind}\n{name} {value}\n"));
    (200, Body::Text(text.concat()))
}

fn route(listener: Listener, path: &str, app: &App) -> Reply {
    let App { config, state, .. } = app;
    match (listener, path) {
        (_, "/healthz") => healthz(state),
        (_, "/readyz") => readyz(state, config.api.require_kernel_instrumentation),
        (_, "/metrics/prometheus") => metrics(app),
        (Listener::Api, "/" | "/dashboard") => (200, Body::Html(include_str!("dashboard.html"))),
        (Listener::Api, "/status") => status(app),
        (Listener::Api, "/insights") if config.runtime.offline => (
            503,
            Body::Json(json!({"error": "runtime.offline is true", "sample": true})),
        ),
        (Listener::Api, "/insights") => (200, Body::Json(insight(&config.reasoner, state))),
        (Listener::Api, "/insights/recent") => (200, Body::Json(json!([]))),
        _ => (404, Body::Json(json!({"error": "no such route", "sample": true}))),
    }
}

fn respond(request: Request, (status, body): Reply) {
    let (kind, text) = match body {
        Body::Json(value) => ("application/json", value.to_string()),
        Body::Text(text) => ("text/plain; charset=utf-8", text),
        Body::Html(text) => ("text/html; charset=utf-8", text.into()),
    };
    let mut response = Response::from_string(text).with_status_code(status);
    if let Ok(header) = Header::from_bytes("Content-Type", kind) {
        response = response.with_header(header);
    }
    // An error means that the client has disconnected, so there is nothing to report.
    let _ = request.respond(response);
}

fn handle(listener: Listener, request: Request, app: &App) {
    let authorization = request
        .headers()
        .iter()
        .find(|header| header.field.equiv("Authorization"))
        .map(|header| header.value.as_str());
    let open = listener == Listener::Operational;
    if !open && !is_authorized(app.config.api.auth_token.as_deref(), authorization) {
        let error = json!({"error": "requires the header Authorization: Bearer <LINNIX_API_TOKEN>"});
        return respond(request, (401, Body::Json(error)));
    }
    let path = request.url().split('?').next().unwrap_or_default();
    if listener == Listener::Api && path == "/alerts" {
        return stream_alerts(request, app.watch.alerts.subscribe());
    }
    let reply = route(listener, path, app);
    respond(request, reply);
}

/// Listens on the address, and starts the threads that respond.
pub fn serve(listener: Listener, address: &str, app: &Arc<App>) -> Result<(), String> {
    let server = Server::http(address).map_err(|error| format!("{address}: cannot listen: {error}"))?;
    let server = Arc::new(server);
    for _ in 0..WORKERS {
        let (server, app) = (Arc::clone(&server), Arc::clone(app));
        thread::spawn(move || {
            while let Ok(request) = server.recv() {
                handle(listener, request, &app);
            }
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::tests::alert;
    use crate::alerts::Alerts;

    #[test]
    fn the_token_must_match_exactly() {
        assert!(is_authorized(None, None));
        assert!(is_authorized(Some("t"), Some("Bearer t")));
        assert!(!is_authorized(Some("t"), None));
        assert!(!is_authorized(Some("t"), Some("Bearer tt")));
        assert!(!is_authorized(Some("t"), Some("t")));
    }

    #[test]
    fn it_is_ready_only_with_working_probes() {
        let state = State::new();
        assert_eq!(readyz(&state, true).0, 503);
        assert_eq!(readyz(&state, false).0, 200);
        state.set_failure(None);
        assert_eq!(readyz(&state, true).0, 200);
    }

    fn app() -> App {
        let alerts = Arc::new(Alerts::new("/dev/null"));
        App {
            config: Config::default(),
            state: Arc::new(State::new()),
            watch: Arc::new(Watch::new(Vec::new(), "here".into(), alerts)),
        }
    }

    #[test]
    fn the_operational_listener_has_only_health_and_metrics() {
        for path in ["/", "/dashboard", "/status", "/insights", "/alerts"] {
            assert_eq!(route(Listener::Operational, path, &app()).0, 404, "{path}");
        }
    }

    #[test]
    fn offline_there_is_no_insight() {
        assert_eq!(route(Listener::Api, "/insights", &app()).0, 503);
    }

    #[test]
    fn the_status_has_the_number_of_rules_and_the_metrics_that_of_alerts() {
        let app = app();
        app.watch.alerts.emit(&alert());
        let Body::Json(status) = route(Listener::Api, "/status", &app).1 else {
            panic!("no JSON")
        };
        assert_eq!(status["active_rules"], 0);
        let Body::Text(metrics) = route(Listener::Operational, "/metrics/prometheus", &app).1 else {
            panic!("no text")
        };
        assert!(metrics.contains("\nlinnix_alerts_emitted_total 1\n"), "{metrics}");
    }
}
