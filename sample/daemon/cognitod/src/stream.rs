//! `GET /alerts`: the alerts as server-sent events.

use crate::alerts::Alert;
use std::io::{Result, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;
use tiny_http::Request;

/// A client that has disconnected is noticed at the next write.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// The end of the body is the end of the connection.
const HEAD: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n";

/// Responds in a thread of its own, so that open streams do not occupy the listener's threads.
pub fn stream_alerts(request: Request, incoming: Receiver<Alert>) {
    // tiny_http's own responses collect the body in blocks of 8 KiB, which would delay events.
    let mut client = request.into_writer();
    thread::spawn(move || {
        // An error means that the client has disconnected.
        let _ = write_events(&mut client, &incoming, KEEP_ALIVE);
    });
}

fn write_events(client: &mut impl Write, incoming: &Receiver<Alert>, keep_alive: Duration) -> Result<()> {
    client.write_all(HEAD.as_bytes())?;
    client.write_all(b": keep-alive\n\n")?;
    loop {
        client.flush()?;
        match incoming.recv_timeout(keep_alive) {
            Ok(alert) => {
                let data = serde_json::to_string(&alert)?;
                write!(client, "event: alert\ndata: {data}\n\n")?;
            }
            Err(RecvTimeoutError::Timeout) => client.write_all(b": keep-alive\n\n")?,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::tests::alert;
    use crate::alerts::Alerts;
    use std::io::{BufRead, BufReader};
    use std::net::TcpStream;

    #[test]
    fn an_alert_arrives_at_once_as_an_event() {
        let server = tiny_http::Server::http("127.0.0.1:0").unwrap();
        let alerts = Alerts::new("/dev/null");
        let mut client = TcpStream::connect(server.server_addr().to_string()).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        client.write_all(b"GET /alerts HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        stream_alerts(server.recv().unwrap(), alerts.subscribe());
        let mut lines = BufReader::new(client).lines().map(|line| line.unwrap());
        assert!(lines.any(|line| line == ": keep-alive"));
        alerts.emit(&alert());
        assert_eq!(lines.nth(1).as_deref(), Some("event: alert"));
        assert!(lines
            .next()
            .is_some_and(|line| line.starts_with(r#"data: {"rule":"fork_storm","severity":"High""#)));
    }

    #[test]
    fn an_idle_stream_is_kept_alive() {
        let (_sender, incoming) = std::sync::mpsc::sync_channel(1);
        let mut written = Limited(Vec::new());
        write_events(&mut written, &incoming, Duration::from_millis(1)).unwrap_err();
        assert!(String::from_utf8(written.0).unwrap().matches(": keep-alive").count() > 3);
    }

    /// A client that disconnects after 256 bytes.
    struct Limited(Vec<u8>);

    impl Write for Limited {
        fn write(&mut self, bytes: &[u8]) -> Result<usize> {
            if self.0.len() > 256 {
                return Err(std::io::ErrorKind::BrokenPipe.into());
            }
            self.0.write(bytes)
        }

        fn flush(&mut self) -> Result<()> {
            Ok(())
        }
    }
}
