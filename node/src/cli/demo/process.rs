//! The cities' nodes as processes of their own: started, watched, stopped.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{ChildStdin, Command};
use tokio::sync::{Mutex, oneshot, watch};
use tokio::time::{Instant, sleep, timeout};

use super::folder::{CityMemory, Folder};
use super::http_client::Client;

/// From the start of a node until its page answers, on a machine that is busy with five others.
const START_TIMEOUT: Duration = Duration::from_secs(90);
/// From closing a node's standard input until it has written everything and gone.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// All processes of this demonstration. They live no longer than we do: a node that sees its standard input
/// closed stops, and the pipe is held here alone.
#[derive(Debug, Clone)]
pub(super) struct Town {
    program: PathBuf,
    folder: Folder,
    running: Arc<Mutex<BTreeMap<String, Running>>>,
}

#[derive(Debug)]
struct Running {
    stdin: Option<ChildStdin>,
    kill: Option<oneshot::Sender<()>>,
    ended: watch::Receiver<Option<ExitStatus>>,
    /// Its end is our wish and no news.
    asked: Arc<AtomicBool>,
}

impl Town {
    pub(super) fn new(folder: Folder) -> Result<Self> {
        let program = std::env::current_exe().context("No se encuentra el propio programa")?;
        Ok(Self { program, folder, running: Arc::default() })
    }

    /// Runs one command of this program to its end and gives back what it printed.
    ///
    /// # Errors
    /// It did not end well; with what it said.
    pub(super) async fn command<I, S>(&self, arguments: I) -> Result<Value>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let mut command = Command::new(&self.program);
        command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
        let output = timeout(COMMAND_TIMEOUT, command.output()).await.context("una orden no termina")??;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().rev().find(|line| line.starts_with('{')).unwrap_or("null");
        serde_json::from_str(line).context("una orden ha contestado algo que no se entiende")
    }

    /// Starts the node of a city and waits until its page answers.
    ///
    /// # Errors
    /// A port is taken, or the node ended, or it does not answer in time; with the last lines it printed.
    pub(super) async fn start(&self, city: &CityMemory) -> Result<()> {
        let (mut ended, asked) = {
            let mut running = self.running.lock().await;
            if running.get(&city.slug).is_some_and(|one| one.ended.borrow().is_none()) {
                return Ok(());
            }
            for port in [city.page_port, city.link_port] {
                if std::net::TcpListener::bind(("127.0.0.1", port)).is_err() {
                    bail!(
                        "El puerto {port}, que es de {}, está ocupado. Ciérrelo, o use otros con --port y --fresh.",
                        city.name
                    );
                }
            }
            let one = self.spawn(city)?;
            let watched = (one.ended.clone(), Arc::clone(&one.asked));
            running.insert(city.slug.clone(), one);
            watched
        };
        let client = Client::new(city.page_port);
        let deadline = Instant::now() + START_TIMEOUT;
        while !client.healthy().await {
            let status = *ended.borrow_and_update();
            if let Some(status) = status {
                bail!(
                    "El nodo de {} ha terminado al arrancar ({status}).\n{}",
                    city.name,
                    self.last_words(city)
                );
            }
            if Instant::now() > deadline {
                bail!("El nodo de {} no contesta en {}.\n{}", city.name, client.url(), self.last_words(city));
            }
            sleep(ASK_AGAIN).await;
        }
        // From here on its end is news; until here it is told by the error above.
        asked.store(false, Ordering::SeqCst);
        Ok(())
    }

    fn spawn(&self, city: &CityMemory) -> Result<Running> {
        let path = self.folder.log(&city.slug);
        let log = OpenOptions::new().create(true).append(true).open(&path);
        let log = log.with_context(|| format!("No se puede escribir {}", path.display()))?;
        let mut child = Command::new(&self.program)
            .arg("serve")
            .arg("--data")
            .arg(self.folder.data(&city.slug))
            .arg("--stop-with-stdin")
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            // A group of its own: Ctrl-C in the terminal reaches us, and we stop the nodes in good order.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("No se puede arrancar el nodo de {}", city.name))?;
        let stdin = child.stdin.take();
        let (kill, killed) = oneshot::channel();
        let (tell, ended) = watch::channel(None);
        let asked = Arc::new(AtomicBool::new(true));
        let (wish, name) = (Arc::clone(&asked), city.name.clone());
        tokio::spawn(async move {
            let waited = tokio::select! {
                status = child.wait() => Some(status),
                // Also when the other end is dropped: then nobody holds this node any more.
                _ = killed => None,
            };
            let status = match waited {
                Some(status) => status,
                None => match child.start_kill() {
                    Ok(()) | Err(_) => child.wait().await,
                },
            };
            if !wish.load(Ordering::SeqCst) {
                let how = status.as_ref().map_or_else(ToString::to_string, ToString::to_string);
                super::tell(&format!("El nodo de {name} se ha parado solo ({how})."));
            }
            tell.send_replace(Some(status.unwrap_or_default()));
        });
        Ok(Running { stdin, kill: Some(kill), ended, asked })
    }

    /// The end of what the node printed, for a message.
    fn last_words(&self, city: &CityMemory) -> String {
        let text = std::fs::read(self.folder.log(&city.slug)).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }

    /// Stops the node of a city: first asks, then ends it. True when it was running.
    pub(super) async fn stop(&self, slug: &str) -> bool {
        let one = self.running.lock().await.remove(slug);
        match one {
            Some(one) => one.stop().await,
            None => false,
        }
    }

    /// Stops all of them at once.
    pub(super) async fn stop_all(&self) {
        let all = std::mem::take(&mut *self.running.lock().await);
        let stops: Vec<_> = all.into_values().map(|one| tokio::spawn(one.stop())).collect();
        for stop in stops {
            // A panic in the stop of one node has been printed; the others go on.
            let _ = stop.await;
        }
    }
}

impl Running {
    async fn stop(mut self) -> bool {
        self.asked.store(true, Ordering::SeqCst);
        let was_running = self.ended.borrow().is_none();
        if let Some(mut stdin) = self.stdin.take() {
            // Closing it is the request; a node that is gone already has closed its end.
            let _ = stdin.shutdown().await;
        }
        let gone = timeout(STOP_TIMEOUT, self.ended.wait_for(Option::is_some)).await.is_ok();
        if !gone {
            if let Some(kill) = self.kill.take() {
                let _ = kill.send(());
            }
            let _ = timeout(STOP_TIMEOUT, self.ended.wait_for(Option::is_some)).await;
        }
        was_running
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::folder::Memory;
    use super::*;

    /// A stand-in for the node: it answers `/healthz` by python, or ends at once, as its script says.
    fn town(script: &str) -> (tempfile::TempDir, Town) {
        let dir = tempfile::tempdir().expect("a folder");
        let program = dir.path().join("node.sh");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).expect("allowed");
        let folder = Folder::open(&dir.path().join("demo")).expect("made");
        folder.remember(&Memory::new(1)).expect("written");
        (dir, Town { program, folder, running: Arc::default() })
    }

    fn city(page_port: u16) -> CityMemory {
        let (slug, name) = ("jaen".to_owned(), "Jaén".to_owned());
        CityMemory { slug, name, page_port, link_port: free_port(), people: Vec::new() }
    }

    fn free_port() -> u16 {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        listener.local_addr().expect("an address").port()
    }

    #[tokio::test]
    async fn a_node_that_ends_at_its_start_is_told_with_its_words() {
        let (_dir, town) = town("echo 'falta la clave' >&2; exit 3");
        let error = town.start(&city(free_port())).await.expect_err("it ended");
        assert!(error.to_string().contains("falta la clave"), "{error}");
    }

    #[tokio::test]
    async fn a_taken_port_is_named() {
        let (_dir, town) = town("exit 0");
        let holder = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = holder.local_addr().expect("an address").port();
        let error = town.start(&city(port)).await.expect_err("taken");
        assert!(error.to_string().contains(&port.to_string()), "{error}");
    }

    #[tokio::test]
    async fn closing_standard_input_stops_a_node() {
        let (_dir, town) = town("cat >/dev/null; echo parado >&2");
        let one = town.spawn(&city(free_port())).expect("started");
        assert!(one.ended.borrow().is_none());
        assert!(one.stop().await);
        let log = fs::read_to_string(town.folder.log("jaen")).expect("a log");
        assert_eq!(log, "parado\n");
    }

    #[tokio::test]
    async fn a_command_that_fails_gives_its_sentence() {
        let (_dir, town) =
            town("test \"$1\" = init && echo '{\"user\":\"x\"}' && exit 0; echo 'no sé' >&2; exit 2");
        assert_eq!(town.command(["init"]).await.expect("answers")["user"], "x");
        assert_eq!(town.command(["bad"]).await.expect_err("fails").to_string(), "no sé");
    }
}
