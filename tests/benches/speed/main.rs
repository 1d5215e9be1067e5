//! Speed and size, against the release binary as separate processes on loopback.
//!
//! `cargo bench -p alianza-tests -- [--only live,durable,…] [--runs N] [--quick] [--json]`

use anyhow::{Result, bail};
use serde_json::json;

mod copy;
mod durable;
mod feeder;
mod idle;
mod live;
mod machine;
mod process;
mod reconnect;
mod report;

use report::Report;

/// What was asked for on the command line.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) runs: usize,
    /// Few rounds and small numbers: to see that it works, not to quote.
    pub(crate) quick: bool,
    pub(crate) json: bool,
    /// Documents of the benches that have a number of them; their own numbers if not given.
    pub(crate) documents: Option<usize>,
    only: Vec<String>,
}

const BENCHES: [&str; 6] = ["live", "durable", "many", "reconnect", "copy", "idle"];

const HELP: &str = "\
cargo bench -p alianza-tests -- [options]
  --only A,B   of: live durable many reconnect copy idle (default: all)
  --runs N     runs of each, the median is given (default 5)
  --documents N  of copy, reconnect and idle, instead of their own numbers
  --quick      few rounds, small numbers: to see that it works, not to quote
  --json       one JSON object instead of the table
The machine's own rates come first, and each figure also as a multiple of them.";

fn options() -> Result<Option<Options>> {
    let mut options = Options { runs: 5, quick: false, json: false, documents: None, only: Vec::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--runs" => options.runs = words.next().unwrap_or_default().parse()?,
            "--documents" => options.documents = Some(words.next().unwrap_or_default().parse()?),
            "--only" => {
                options.only = words.next().unwrap_or_default().split(',').map(str::to_owned).collect();
            }
            "--quick" => options.quick = true,
            "--json" => options.json = true,
            // Given by cargo.
            "--bench" => {}
            "--help" | "-h" => return Ok(None),
            other => bail!("unknown option {other}\n{HELP}"),
        }
    }
    if options.quick && options.runs == 5 {
        options.runs = 1;
    }
    if let Some(unknown) = options.only.iter().find(|name| !BENCHES.contains(&name.as_str())) {
        bail!("no bench {unknown}\n{HELP}");
    }
    Ok(Some(options))
}

#[tokio::main]
async fn main() -> Result<()> {
    let Some(options) = options()? else {
        println!("{HELP}");
        return Ok(());
    };
    let wanted = |name: &str| options.only.is_empty() || options.only.iter().any(|one| one == name);
    alianza_tests::node::binary()?;
    let rates = machine::measure()?;
    let mut report = Report::new(rates);
    if !options.json {
        report.print_machine();
    }
    for name in BENCHES.into_iter().filter(|name| wanted(name)) {
        eprintln!("… {name}");
        let result = match name {
            "live" => live::run(&options, &mut report).await,
            "durable" => durable::one_socket(&options, &mut report).await,
            "many" => durable::many_sockets(&options, &mut report).await,
            "reconnect" => reconnect::run(&options, &mut report).await,
            "copy" => copy::run(&options, &mut report).await,
            _ => idle::run(&options, &mut report).await,
        };
        if let Err(error) = result {
            report.failed(name, &format!("{error:#}"));
        }
    }
    if options.json {
        println!("{}", json!(report.json()));
    } else {
        report.print();
    }
    Ok(())
}
