//! As much HTTP/1.1 as it takes to ask a node on this machine: one connection per request, JSON both ways.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer that is longer is not one of ours.
const ANSWER_MAX_BYTES: u64 = 64 << 20;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// A person of a city, asking that city's node.
#[derive(Debug, Clone)]
pub(super) struct Client {
    port: u16,
    /// `name=value` of the session cookie, once signed in.
    cookie: Option<String>,
}

struct Answer {
    status: u16,
    cookie: Option<String>,
    body: Vec<u8>,
}

impl Client {
    pub(super) fn new(port: u16) -> Self {
        Self { port, cookie: None }
    }

    /// The address that a person types; also the Origin of what we send.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Whether the node answers that it is well.
    pub(super) async fn healthy(&self) -> bool {
        self.exchange("GET", "/healthz", None).await.is_ok_and(|answer| answer.status == 200)
    }

    /// Opens a session; the client keeps its cookie.
    ///
    /// # Errors
    /// The node's sentence, or why it could not be asked.
    pub(super) async fn sign_in(&mut self, user: &str, password: &str) -> Result<()> {
        let body = serde_json::json!({ "user": user, "password": password });
        let answer = self.exchange("POST", "/api/session", Some(&body)).await?;
        self.cookie = answer.cookie.clone();
        accept(answer, "/api/session")?;
        if self.cookie.is_none() {
            bail!("el nodo de {} no ha abierto la sesión de {user}", self.url());
        }
        Ok(())
    }

    pub(super) async fn read(&self, path: &str) -> Result<Value> {
        accept(self.exchange("GET", path, None).await?, path)
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        accept(self.exchange("POST", path, Some(body)).await?, path)
    }

    pub(super) async fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        accept(self.exchange("PATCH", path, Some(body)).await?, path)
    }

    async fn exchange(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer> {
        let asked = tokio::time::timeout(ANSWER_TIMEOUT, self.exchange_now(method, path, body)).await;
        asked
            .map_err(|_| anyhow!("{method} {path}: sin respuesta"))?
            .with_context(|| format!("{method} {path}"))
    }

    async fn exchange_now(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer> {
        let mut stream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))).await?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nOrigin: {}\r\nAccept: application/json\r\nConnection: close\r\n",
            self.port,
            self.url()
        );
        if let Some(cookie) = &self.cookie {
            request.push_str(&format!("Cookie: {cookie}\r\n"));
        }
        if !body.is_empty() {
            request
                .push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
        }
        request.push_str("\r\n");
        request.push_str(&body);
        stream.write_all(request.as_bytes()).await?;
        let mut bytes = Vec::new();
        stream.take(ANSWER_MAX_BYTES).read_to_end(&mut bytes).await?;
        parse(&bytes)
    }
}

/// Splits an answer that carries its length; anything else is an error.
fn parse(bytes: &[u8]) -> Result<Answer> {
    let split = bytes.windows(4).position(|four| four == b"\r\n\r\n").context("respuesta sin cabecera")?;
    let head = std::str::from_utf8(&bytes[..split]).context("cabecera ilegible")?;
    let body = &bytes[split + 4..];
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).context("sin estado")?;
    let mut cookie = None;
    let mut length = 0;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse::<usize>().context("longitud ilegible")?,
            "set-cookie" => cookie = value.trim().split(';').next().map(str::to_owned),
            "transfer-encoding" => bail!("respuesta por trozos, que aquí no se entiende"),
            _ => {}
        }
    }
    let body = body.get(..length).context("respuesta cortada")?.to_vec();
    Ok(Answer { status, cookie, body })
}

/// The JSON of a good answer, or the sentence of a refusal.
fn accept(answer: Answer, path: &str) -> Result<Value> {
    let json: Value = if answer.body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
    };
    if (200..300).contains(&answer.status) {
        return Ok(json);
    }
    let part = |name: &str| json.get(name).and_then(Value::as_str).unwrap_or_default();
    let place = if part("path").is_empty() { String::new() } else { format!(" ({})", part("path")) };
    bail!("{path}: {} {} {}{place}", answer.status, part("code"), part("message"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_cut_at_its_length() {
        let answer = parse(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: alianza_jaen=abc; HttpOnly; Path=/\r\n\r\n{}rest",
        )
        .expect("parses");
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"{}".as_slice()));
        assert_eq!(answer.cookie.as_deref(), Some("alianza_jaen=abc"));
    }

    #[test]
    fn a_broken_answer_is_an_error() {
        for bytes in [
            b"".as_slice(),
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/1.1\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
            b"HTTP/1.1 200 OK\r\nContent-Length: nine\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ] {
            assert!(parse(bytes).is_err(), "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_refusal_carries_its_sentence() {
        let body =
            r#"{"code":"PB02","message":"Solo Jaén puede fijar su aportación.","path":"/cells"}"#.into();
        let refusal =
            accept(Answer { status: 403, cookie: None, body }, "/api/documents/x").expect_err("refused");
        assert!(refusal.to_string().contains("PB02 Solo Jaén puede fijar su aportación. (/cells)"));
    }
}
