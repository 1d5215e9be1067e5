//! A plain TCP forwarder between two nodes that counts what passes, and can be cut like a cable.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use anyhow::Result;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Bytes and connections that passed, both ways.
#[derive(Debug, Default)]
pub struct Counters {
    /// From who connects to who listens.
    pub forward_bytes: AtomicU64,
    pub backward_bytes: AtomicU64,
    pub connections: AtomicU64,
    cut: AtomicBool,
}

/// Listens on `port` of loopback and passes everything on to `target`.
#[derive(Debug)]
pub struct Proxy {
    pub port: u16,
    pub counters: Arc<Counters>,
    task: JoinHandle<()>,
}

impl Proxy {
    pub async fn start(port: u16, target: u16) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let counters = Arc::new(Counters::default());
        let shared = Arc::clone(&counters);
        let task = tokio::spawn(async move {
            while let Ok((from, _)) = listener.accept().await {
                if shared.cut.load(Ordering::Relaxed) {
                    continue;
                }
                shared.connections.fetch_add(1, Ordering::Relaxed);
                let counters = Arc::clone(&shared);
                tokio::spawn(async move {
                    if let Ok(to) = TcpStream::connect(("127.0.0.1", target)).await {
                        join(from, to, counters).await;
                    }
                });
            }
        });
        Ok(Self { port, counters, task })
    }

    /// All bytes so far.
    pub fn total_bytes(&self) -> u64 {
        self.counters.forward_bytes.load(Ordering::Relaxed)
            + self.counters.backward_bytes.load(Ordering::Relaxed)
    }

    /// While cut, nothing passes and connections end.
    pub fn cut(&self, cut: bool) {
        self.counters.cut.store(cut, Ordering::Relaxed);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn join(from: TcpStream, to: TcpStream, counters: Arc<Counters>) {
    from.set_nodelay(true).ok();
    to.set_nodelay(true).ok();
    let (from_read, from_write) = from.into_split();
    let (to_read, to_write) = to.into_split();
    let back = Arc::clone(&counters);
    let forward = pass(from_read, to_write, &counters, |c| &c.forward_bytes);
    let backward = pass(to_read, from_write, &back, |c| &c.backward_bytes);
    // One side gone is the cable gone.
    tokio::select! { () = forward => {}, () = backward => {} }
}

async fn pass<R, W>(mut read: R, mut write: W, counters: &Counters, which: fn(&Counters) -> &AtomicU64)
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let wait = std::time::Duration::from_millis(50);
        let Ok(read_bytes) = tokio::time::timeout(wait, read.read(&mut buffer)).await else {
            if counters.cut.load(Ordering::Relaxed) {
                return;
            }
            continue;
        };
        let Ok(n @ 1..) = read_bytes else { return };
        if counters.cut.load(Ordering::Relaxed) {
            return;
        }
        which(counters).fetch_add(n as u64, Ordering::Relaxed);
        if write.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
}
