//! The binary `alianza`.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use alianza_node::cli::{Cli, run};
use clap::Parser as _;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_env("ALIANZA_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,libp2p=warn,automerge=warn"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        subscriber.with_target(false).init();
    } else {
        // For a supervisor: one JSON object a line, control characters escaped (S25).
        subscriber.json().flatten_event(true).init();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("alianza: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(run(cli));
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("alianza: {error:#}");
            ExitCode::FAILURE
        }
    }
}
