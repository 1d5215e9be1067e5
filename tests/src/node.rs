//! One node as a separate process: set up, served, stopped, killed, asked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use crate::wait::wait_for;

/// Until `/healthz` answers after a start.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Until a node has gone after it was asked to.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);
/// Until one command has ended.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(120);

/// What a command printed.
#[derive(Debug, Clone)]
pub struct Output {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    pub fn ok(&self) -> bool {
        self.code == Some(0)
    }

    /// Both streams, for looking for a sentence.
    pub fn text(&self) -> String {
        format!("{}\n{}", self.stdout, self.stderr)
    }
}

/// The binary under test: `ALIANZA_BIN`, else `release/alianza` of the target folder.
///
/// # Errors
/// A sentence that says how to build it.
pub fn binary() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("ALIANZA_BIN") {
        let path = PathBuf::from(path);
        if path.is_file() {
            return Ok(path);
        }
        bail!("ALIANZA_BIN names {}, which is not there", path.display());
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("tests/ lies in the workspace")?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    let path = target.join("release").join("alianza");
    if path.is_file() {
        return Ok(path);
    }
    bail!("no release binary at {}: build it with `cargo build --release -p alianza-node`", path.display())
}

/// A port that nothing listens on, below the range from which the kernel draws ports for outgoing connections, so
/// that a stopped node finds it free again.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = 12_000 + (std::process::id() % 190) as u16 * 100;
    for _ in 0..4_000 {
        let port = start + NEXT.fetch_add(1, Ordering::Relaxed) % 8_000;
        let port = if port >= 32_000 { port - 20_000 } else { port };
        let free = std::net::TcpListener::bind(("127.0.0.1", port)).is_ok()
            && std::net::UdpSocket::bind(("127.0.0.1", port)).is_ok();
        if free {
            return port;
        }
    }
    panic!("no free port between 12000 and 32000")
}

/// A node of one city.
#[derive(Debug)]
pub struct Node {
    pub city: String,
    pub data: PathBuf,
    /// Port of its page.
    pub page: u16,
    /// Port for partners.
    pub port: u16,
    /// What it wrote to both streams since its first start.
    pub log: PathBuf,
    pub admin_password: String,
    /// Variables given to `serve`.
    pub env: Vec<(String, String)>,
    process: Option<Child>,
}

impl Node {
    /// `init` in a new folder below `parent`. `announce`: the port put in its card, when partners shall come by
    /// another way than its own.
    pub async fn init(parent: &Path, city: &str, announce: Option<u16>) -> Result<Self> {
        let slug: String =
            city.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let (page, port) = (free_port(), free_port());
        let data = parent.join(&slug);
        let mut node = Self {
            city: city.to_owned(),
            log: parent.join(format!("{slug}.log")),
            data,
            page,
            port,
            admin_password: String::new(),
            env: Vec::new(),
            process: None,
        };
        let (page, listen) = (format!("127.0.0.1:{page}"), format!("/ip4/127.0.0.1/tcp/{port}"));
        let announce = format!("/ip4/127.0.0.1/tcp/{}", announce.unwrap_or(port));
        #[rustfmt::skip]
        let args = ["init", "--city", city, "--country", "ES", "--page", &page, "--listen", &listen,
            "--announce", &announce, "--admin", "admin", "--json"];
        let output = node.run(&args, None).await?;
        if !output.ok() {
            bail!("init of {city} failed: {}", output.text());
        }
        let setup = last_json(&output.stdout)?;
        node.admin_password = find_text(&setup, "password").context("init --json prints no password")?;
        Ok(node)
    }

    /// Runs one command on this node's folder, whether it serves or not.
    pub async fn run(&self, args: &[&str], stdin: Option<&str>) -> Result<Output> {
        let mut command = Command::new(binary()?);
        command.args(args).arg("--data").arg(&self.data).env_remove("ALIANZA_DATA");
        command.stdin(if stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().context("the binary does not start")?;
        if let (Some(text), Some(mut pipe)) = (stdin, child.stdin.take()) {
            pipe.write_all(text.as_bytes()).await.ok();
            drop(pipe);
        }
        let output = tokio::time::timeout(COMMAND_TIMEOUT, child.wait_with_output())
            .await
            .with_context(|| format!("`alianza {}` did not end", args.join(" ")))??;
        Ok(Output {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// [`Node::run`] of a command that prints JSON and must succeed.
    pub async fn json(&self, args: &[&str]) -> Result<Value> {
        let mut args = args.to_vec();
        args.push("--json");
        let output = self.run(&args, None).await?;
        if !output.ok() {
            bail!(
                "{}: `alianza {}` ended with {:?}: {}",
                self.city,
                args.join(" "),
                output.code,
                output.text()
            );
        }
        last_json(&output.stdout).with_context(|| format!("`alianza {}`", args.join(" ")))
    }

    /// `serve`, until its page answers.
    pub async fn start(&mut self) -> Result<()> {
        self.spawn()?;
        self.wait_ready().await
    }

    /// `serve`, without waiting.
    pub fn spawn(&mut self) -> Result<()> {
        assert!(self.process.is_none(), "{} runs already", self.city);
        let log = fs::OpenOptions::new().create(true).append(true).open(&self.log)?;
        let mut command = Command::new(binary()?);
        command.arg("serve").arg("--data").arg(&self.data).env_remove("ALIANZA_DATA");
        command.envs(self.env.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        self.process = Some(command.spawn().context("the binary does not start")?);
        Ok(())
    }

    /// Until `/healthz` answers 200.
    pub async fn wait_ready(&mut self) -> Result<()> {
        let url = format!("http://127.0.0.1:{}/healthz", self.page);
        let http = reqwest::Client::new();
        let start = std::time::Instant::now();
        loop {
            if let Some(child) = &mut self.process
                && let Some(status) = child.try_wait()?
            {
                self.process = None;
                bail!("{} ended at its start with {status}; its log ends:\n{}", self.city, self.log_tail(30));
            }
            let answer = http.get(&url).timeout(Duration::from_secs(2)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if start.elapsed() > START_TIMEOUT {
                bail!(
                    "{} has no page after {START_TIMEOUT:?}; its log ends:\n{}",
                    self.city,
                    self.log_tail(30)
                );
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub fn running(&self) -> bool {
        self.process.is_some()
    }

    /// Process number, for reading its memory and time.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().and_then(Child::id)
    }

    /// Asks it to end, as systemd would.
    pub async fn stop(&mut self) -> Result<()> {
        let Some(mut child) = self.process.take() else { return Ok(()) };
        let Some(pid) = child.id() else { return Ok(()) };
        Command::new("kill").arg("-TERM").arg(pid.to_string()).status().await?;
        match tokio::time::timeout(STOP_TIMEOUT, child.wait()).await {
            Ok(status) => {
                let status = status?;
                if !status.success() {
                    bail!("{} ended with {status} when stopped; log:\n{}", self.city, self.log_tail(30));
                }
                Ok(())
            }
            Err(_) => {
                child.kill().await?;
                bail!("{} did not end within {STOP_TIMEOUT:?}; log:\n{}", self.city, self.log_tail(30))
            }
        }
    }

    /// `kill -9`.
    pub async fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.process.take() {
            child.kill().await?;
        }
        Ok(())
    }

    /// Has it ended by itself?
    pub fn has_crashed(&mut self) -> bool {
        let Some(child) = &mut self.process else { return false };
        matches!(child.try_wait(), Ok(Some(_)))
    }

    /// Everything it has logged.
    pub fn log_text(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    pub fn log_tail(&self, lines: usize) -> String {
        let text = self.log_text();
        let all: Vec<&str> = text.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }

    /// Until its log says something that `wanted` accepts, looking from byte `from`.
    pub async fn wait_log(&self, what: &str, from: usize, wanted: impl Fn(&str) -> bool) -> Result<String> {
        wait_for(what, Duration::from_secs(20), || async {
            let text = self.log_text();
            let new = text.get(from..).unwrap_or_default();
            let found = new.lines().find(|line| wanted(line)).map(str::to_owned);
            found.ok_or_else(|| format!("the log of {} ends:\n{}", self.city, self.log_tail(15)))
        })
        .await
    }

    /// Length of its log now.
    pub fn log_mark(&self) -> usize {
        self.log_text().len()
    }

    pub fn journal(&self) -> PathBuf {
        self.data.join("journal")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- log of {} ends ---\n{}\n---", self.city, self.log_tail(25));
        }
    }
}

/// The last JSON value that a command printed (there may be sentences before it).
pub fn last_json(text: &str) -> Result<Value> {
    if let Ok(value) = serde_json::from_str(text.trim()) {
        return Ok(value);
    }
    let line = text.lines().rev().find(|line| line.trim_start().starts_with(['{', '[']));
    let line = line.with_context(|| format!("no JSON in {text:?}"))?;
    serde_json::from_str(line).with_context(|| format!("not JSON: {line}"))
}

/// First text under a key, at any depth.
pub fn find_text(value: &Value, key: &str) -> Option<String> {
    match value {
        Value::Object(map) => match map.get(key) {
            Some(Value::String(text)) => Some(text.clone()),
            _ => map.values().find_map(|inner| find_text(inner, key)),
        },
        Value::Array(items) => items.iter().find_map(|inner| find_text(inner, key)),
        _ => None,
    }
}
