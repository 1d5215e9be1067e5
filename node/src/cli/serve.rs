//! `alianza serve`: run the node until it is asked to stop.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::node::Node;

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Data folder of the node.
    #[arg(long, env = "ALIANZA_DATA", default_value = "./alianza-data")]
    data: PathBuf,
    /// Certificate chain of the page, PEM, in place of the one of config.toml; needs --tls-key.
    #[arg(long, requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// Key of that certificate, PEM, not readable by others.
    #[arg(long, requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Stop when standard input is closed: for a parent process that must not leave children behind.
    #[arg(long)]
    stop_with_stdin: bool,
}

pub(super) async fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    let mut node = Node::open(&args.data, true).await?;
    if let (Some(certificate), Some(key)) = (args.tls_certificate, args.tls_key) {
        // As they were typed: from where the command runs, not from the data folder.
        node.config.tls_certificate = Some(std::path::absolute(certificate)?);
        node.config.tls_key = Some(std::path::absolute(key)?);
    }
    let stop = CancellationToken::new();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let cancel = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = stdin_closed(args.stop_with_stdin) => {}
        }
        tracing::info!("stopping");
        cancel.cancel();
    });
    node.serve(stop).await?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

async fn stdin_closed(wanted: bool) {
    if !wanted {
        return std::future::pending().await;
    }
    // A thread of its own, so that a blocked read never holds up the end of the process.
    let (tx, rx) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let mut bytes = [0; 64];
        while matches!(std::io::Read::read(&mut std::io::stdin(), &mut bytes), Ok(n) if n > 0) {}
        let _ = tx.send(());
    });
    let _ = rx.await;
}
