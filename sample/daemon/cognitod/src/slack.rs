//! Posts alerts to a Slack webhook.

use crate::alerts::{Alert, Severity};
use crate::config::Slack;
use serde_json::{json, Value};
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(10);

fn payload(slack: &Slack, alert: &Alert) -> Value {
    let color = match alert.severity {
        Severity::High => "#FF0000",
        Severity::Medium => "#FFA500",
        Severity::Low => "#FFFF00",
        Severity::Info => "#0000FF",
    };
    let field = |name: &str, value: &str| json!({"type": "mrkdwn", "text": format!("*{name}:*\n{value}")});
    json!({
        "channel": slack.channel,
        "attachments": [{
            "color": color,
            "blocks": [
                {"type": "header", "text": {"type": "plain_text", "text": format!("Alert: {} (sample)", alert.rule)}},
                {"type": "section", "fields": [
                    field("Severity", &alert.severity.as_str().to_uppercase()),
                    field("Host", &alert.host),
                ]},
                {"type": "section", "text": field("Message", &alert.message)},
            ],
        }],
    })
}

/// Posts one alert. The error does not contain the address, which is a secret.
fn post(slack: &Slack, alert: &Alert) -> Result<(), String> {
    let request = ureq::post(&slack.webhook_url).timeout(TIMEOUT);
    match request.send_json(payload(slack, alert)) {
        Ok(_) => Ok(()),
        Err(ureq::Error::Status(status, _)) => Err(format!("status {status}")),
        Err(ureq::Error::Transport(transport)) => Err(transport.kind().to_string()),
    }
}

/// Starts the thread that posts the alerts which arrive.
pub fn start(slack: Slack, incoming: Receiver<Alert>) {
    println!("Slack notifier started");
    thread::spawn(move || {
        for alert in incoming {
            if let Err(error) = post(&slack, &alert) {
                eprintln!("Failed to send Slack alert: {error}");
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::tests::alert;

    fn slack(address: &str) -> Slack {
        Slack {
            webhook_url: format!("http://{address}/services/secret"),
            channel: Some("#ops".into()),
        }
    }

    #[test]
    fn an_alert_is_posted_to_the_webhook() {
        let server = tiny_http::Server::http("127.0.0.1:0").unwrap();
        let address = server.server_addr().to_string();
        let (sender, incoming) = std::sync::mpsc::sync_channel(1);
        start(slack(&address), incoming);
        sender.send(alert()).unwrap();
        let mut request = server.recv().unwrap();
        assert_eq!((request.method().as_str(), request.url()), ("POST", "/services/secret"));
        let body: Value = serde_json::from_reader(request.as_reader()).unwrap();
        assert_eq!(body["channel"], "#ops");
        let text = body.to_string();
        for expected in ["fork_storm", "HIGH", "here", "fork rate exceeded 5 per second"] {
            assert!(text.contains(expected), "{expected}");
        }
    }

    #[test]
    fn a_failure_is_reported_without_the_address() {
        let error = post(&slack("127.0.0.1:9"), &alert()).unwrap_err();
        assert!(!error.is_empty() && !error.contains("secret"), "{error}");
    }
}
