//! `alianza demo`: the Bolivia alliance of the methodology as real processes on this machine, all of it fiction.

#[cfg(test)]
mod accepted;
mod content;
mod control;
mod folder;
mod founding;
mod http_client;
mod names;
mod process;
mod writing;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use content::Content;
use control::Order;
use folder::{CityMemory, Folder, Memory};
use names::Names;
use process::Town;

const DEFAULT_PORT: u16 = 8800;
const DEFAULT_CITIES: u8 = 6;
/// On a later start the nodes hold everything already; they only have to find one another.
const MEET_TIMEOUT: Duration = Duration::from_secs(60);

/// Six cities of an invented programme, as real nodes on this machine
///
/// Everything shown is fiction but the names of the cities. Ctrl-C ends it; the next start finds what was written.
#[derive(Debug, Clone, clap::Args)]
pub struct DemoArgs {
    #[command(subcommand)]
    pub command: Option<DemoCommand>,
    /// How many cities, 2 to 6 (at first 6)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(2..=6))]
    pub cities: Option<u8>,
    /// Folder of the demonstration; each city's data lies in DIR/<city>
    #[arg(long, global = true, value_name = "DIR", default_value = "./alianza-demo")]
    pub dir: PathBuf,
    /// Take out the demonstration that is in the folder and begin anew
    #[arg(long)]
    pub fresh: bool,
    /// Port of the first page; the others follow (at first 8800)
    #[arg(long, value_name = "P")]
    pub port: Option<u16>,
    /// One line of JSON per city when its page answers, then {"ready": true}
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Clone, clap::Subcommand)]
pub enum DemoCommand {
    /// Stop the node of a city of the demonstration that runs
    StopCity {
        /// Its name: «Jaén» or jaen
        name: String,
    },
    /// Start it again
    StartCity {
        /// Its name: «Jaén» or jaen
        name: String,
    },
}

/// Runs the demonstration until it is interrupted, or passes an order to the one that runs.
///
/// # Errors
/// One sentence for the person at the terminal: a port that is taken, a folder that is not ours, a node's refusal.
pub async fn run(args: DemoArgs) -> Result<ExitCode> {
    if let Some(command) = &args.command {
        return order(&args, command).await;
    }
    let folder = Folder::open(&args.dir)?;
    let listener = control::listen(&folder).await?;
    let town = Town::new(folder.clone())?;
    let mut interrupts = Interrupts::new()?;
    let outcome = tokio::select! {
        outcome = show(&args, &folder, &town, listener) => outcome,
        () = interrupts.next() => Ok(()),
    };
    tell("Parando los nodos…");
    tokio::select! {
        () = town.stop_all() => {}
        // Asked twice: what is left is ended with this process.
        () = interrupts.next() => {}
    }
    outcome?;
    tell("La demostración se ha cerrado. Lo escrito sigue en la carpeta.");
    Ok(ExitCode::SUCCESS)
}

async fn order(args: &DemoArgs, command: &DemoCommand) -> Result<ExitCode> {
    if !args.dir.is_dir() {
        bail!("No hay ninguna demostración en {}. Arránquela con «alianza demo».", args.dir.display());
    }
    let folder = Folder::open(&args.dir)?;
    let order = match command {
        DemoCommand::StopCity { name } => Order::Stop(name.clone()),
        DemoCommand::StartCity { name } => Order::Start(name.clone()),
    };
    let sentence = control::ask(&folder, &order).await?;
    print(&if args.json { json!({ "ok": sentence }).to_string() } else { sentence });
    Ok(ExitCode::SUCCESS)
}

/// Everything from the first key to the table; then runs until it is dropped.
async fn show(
    args: &DemoArgs,
    folder: &Folder,
    town: &Town,
    listener: tokio::net::UnixListener,
) -> Result<()> {
    let (mut memory, content) = recall(args, folder)?;
    let first = !memory.complete;
    if first {
        tell(&format!("Preparando {} nodos en {}", content.cities.len(), folder.path().display()));
        founding::settle_all(town, folder, &content, &mut memory).await?;
    }
    tokio::spawn(control::serve(listener, town.clone(), memory.cities.clone()));
    let mut names = Names::default();
    let mut writers = Vec::new();
    for (city, kept) in content.cities.iter().zip(&memory.cities) {
        town.start(kept).await?;
        writers.push(if first {
            founding::people(city, kept, &mut names).await?
        } else {
            founding::sign_in(kept).await?
        });
        announce(args, folder, kept)?;
        tell(&format!("{}: la página contesta", kept.name));
    }
    if first {
        founding::found(&content, &writers, names, &tell).await?;
        tell("Esperando a que todas tengan lo mismo");
        founding::equal(&writers, founding::EQUAL_TIMEOUT).await?;
        memory.complete = true;
        folder.remember(&memory)?;
    } else if let Err(error) = founding::equal(&writers, MEET_TIMEOUT).await {
        tell(&format!("Todavía no tienen todas lo mismo; siguen en ello. {error:#}"));
    }
    finish(args, folder, &memory)?;
    std::future::pending().await
}

/// What an earlier start left, or a clean beginning.
fn recall(args: &DemoArgs, folder: &Folder) -> Result<(Memory, Content)> {
    let kept = if args.fresh { None } else { folder.recall()? };
    if let Some(memory) = kept {
        if memory.complete {
            let here = memory.cities.len();
            if args.cities.is_some_and(|n| usize::from(n) != here) {
                bail!(
                    "En {} hay una demostración de {here} ciudades. Empiece otra con --fresh, o elija otra carpeta con --dir.",
                    folder.path().display()
                );
            }
            if args.port.is_some_and(|port| port != memory.port) {
                bail!(
                    "La demostración de {} usa el puerto {}. Para cambiarlo, empiece de nuevo con --fresh.",
                    folder.path().display(),
                    memory.port
                );
            }
            return Ok((memory, Content::load(here)?));
        }
        tell("La puesta en marcha anterior quedó a medias: se empieza de nuevo.");
    }
    let content = Content::load(usize::from(args.cities.unwrap_or(DEFAULT_CITIES)))?;
    let port = args.port.unwrap_or(DEFAULT_PORT);
    founding::check_port(port, content.cities.len())?;
    let all: Vec<String> =
        Content::load(usize::from(DEFAULT_CITIES))?.cities.into_iter().map(|c| c.slug).collect();
    folder.clear(&all)?;
    let memory = Memory::new(port);
    // Written before the first key, so that an interrupted beginning is known for ours.
    folder.remember(&memory)?;
    Ok((memory, content))
}

fn url(city: &CityMemory) -> String {
    format!("http://127.0.0.1:{}", city.page_port)
}

/// The JSON line of a city whose page answers.
fn announce(args: &DemoArgs, folder: &Folder, city: &CityMemory) -> Result<()> {
    if args.json {
        let person = city.person()?;
        let line = json!({
            "city": city.name, "slug": city.slug, "url": url(city),
            "data": folder.data(&city.slug), "user": person.user, "password": person.password,
        });
        print(&line.to_string());
    }
    Ok(())
}

/// The table, what it is, and how to end it.
fn finish(args: &DemoArgs, folder: &Folder, memory: &Memory) -> Result<()> {
    if args.json {
        print(&json!({ "ready": true }).to_string());
        return Ok(());
    }
    let mut rows = vec![["Ciudad", "Página", "Usuario", "Contraseña"].map(str::to_owned)];
    for city in &memory.cities {
        let person = city.person()?;
        rows.push([city.name.clone(), url(city), person.user.clone(), person.password.clone()]);
    }
    let mut text = String::from("\n");
    for row in &rows {
        for (column, cell) in row.iter().enumerate() {
            let width = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
            text.push_str(&format!("{cell:width$}  "));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    let dir = folder.path().display();
    text.push_str(&format!(
        "\nTodo el contenido es FICTICIO: los nombres de las ciudades son reales; las personas, los importes, las fechas\n\
         y los textos son inventados, y estas ciudades no han participado.\n\
         Puede entrar en todas las páginas a la vez con el mismo navegador. Las demás personas y sus contraseñas están\n\
         en {dir}/demo.json.\n\
         Para ver irse y volver a una ciudad, desde otra ventana:\n\
         \x20 alianza demo stop-city {city} --dir {dir}\n\
         \x20 alianza demo start-city {city} --dir {dir}\n\
         Ctrl-C lo cierra todo; lo escrito se conserva para la próxima vez.",
        city = memory.cities.last().map_or("jaen", |city| city.slug.as_str()),
    ));
    print(&text);
    Ok(())
}

/// A line for the person or program that reads our output; nobody reading is no reason to end the nodes.
fn print(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

/// Progress, for people.
fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Ctrl-C, the end of the terminal, or a polite `kill`.
struct Interrupts {
    signals: [Signal; 3],
}

impl Interrupts {
    fn new() -> Result<Self> {
        let listen = |kind| signal(kind).context("No se pueden atender las señales del sistema");
        Ok(Self {
            signals: [
                listen(SignalKind::interrupt())?,
                listen(SignalKind::terminate())?,
                listen(SignalKind::hangup())?,
            ],
        })
    }

    async fn next(&mut self) {
        let [one, two, three] = &mut self.signals;
        tokio::select! { _ = one.recv() => {}, _ = two.recv() => {}, _ = three.recv() => {} }
    }
}
