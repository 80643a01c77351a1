//! Asks the language model to explain the recorded events.

use crate::config::Reasoner;
use crate::state::State;
use serde_json::{json, Value};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SYSTEM: &str =
    "You watch a Linux host. Explain in two sentences what the figures say and whether anything is wrong.";

/// The prompt for the model: the event counts, and the programs that were started last.
pub fn prompt(state: &State) -> String {
    let counts = state.counts();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for name in state.recent() {
        *names.entry(name).or_default() += 1;
    }
    let started: Vec<String> = names.iter().map(|(name, times)| format!("{name} x{times}")).collect();
    format!(
        "Seen in {} seconds: {} forks, {} execs, {} exits, {} system calls, {} events lost. Programs started last: {}.",
        state.uptime_seconds(),
        counts.forks,
        counts.execs,
        counts.exits,
        counts.syscalls,
        counts.lost,
        if started.is_empty() {
            "none".into()
        } else {
            started.join(", ")
        }
    )
}

/// The text of a chat completion; None if the response is not one or the text is empty.
fn completion_text(response: &Value) -> Option<String> {
    let text = response.pointer("/choices/0/message/content")?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn ask(reasoner: &Reasoner, prompt: &str) -> String {
    let request = json!({
        "model": reasoner.model,
        "max_tokens": 200,
        "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": prompt}],
    });
    let result = ureq::post(&reasoner.endpoint)
        .timeout(Duration::from_millis(reasoner.timeout_ms))
        .send_json(request);
    match result {
        Err(error) => format!("LLM API error: {error}"),
        Ok(response) => match response.into_json::<Value>().ok().as_ref().and_then(completion_text) {
            Some(text) => text,
            None => "LLM response format error".into(),
        },
    }
}

/// Creates one insight; each call sends one request to the model.
pub fn insight(reasoner: &Reasoner, state: &State) -> Value {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |age| age.as_secs());
    json!({
        "timestamp": seconds,
        "summary": ask(reasoner, &prompt(state)),
        "model": reasoner.model,
        "sample": true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prompt_contains_the_counts() {
        assert!(prompt(&State::new()).contains("0 forks, 0 execs, 0 exits"));
    }

    #[test]
    fn text_is_taken_from_a_chat_completion_only() {
        let good = json!({"choices": [{"message": {"content": " all well "}}]});
        assert_eq!(completion_text(&good).as_deref(), Some("all well"));
        assert_eq!(completion_text(&json!({"choices": []})), None);
        assert_eq!(
            completion_text(&json!({"choices": [{"message": {"content": ""}}]})),
            None
        );
    }

    #[test]
    fn an_unreachable_model_is_reported_in_the_summary() {
        let reasoner = Reasoner {
            endpoint: "http://127.0.0.1:9/v1/chat/completions".into(),
            timeout_ms: 500,
            ..Reasoner::default()
        };
        assert!(ask(&reasoner, "?").starts_with("LLM API error"));
    }
}
