//! `stop-city` and `start-city`: one line asked, one line answered, through a socket in the demonstration's folder.

use std::fs;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

use super::folder::{CityMemory, Folder};
use super::process::Town;

const LINE_MAX_BYTES: u64 = 4096;
/// A start waits for the page; see the bounds in `process`.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);
const ASK_TIMEOUT: Duration = Duration::from_secs(5);
/// `sun_path` holds 108 bytes with its end mark.
const SOCKET_PATH_MAX_BYTES: usize = 100;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Order {
    Stop(String),
    Start(String),
    /// Is anybody there?
    Hello,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Ok(String),
    Error(String),
}

/// The socket's path, and what must stay open while it is used: a long path is reached through the folder.
fn socket_path(folder: &Folder) -> Result<(PathBuf, Option<fs::File>)> {
    let path = folder.path().join("demo.sock");
    if path.as_os_str().len() <= SOCKET_PATH_MAX_BYTES {
        return Ok((path, None));
    }
    let open = fs::File::open(folder.path()).context("No se puede abrir la carpeta de la demostración")?;
    let path = PathBuf::from(format!("/proc/self/fd/{}/demo.sock", open.as_raw_fd()));
    Ok((path, Some(open)))
}

/// Holds the folder for this process: a second demonstration on it is refused.
///
/// # Errors
/// One is running already, or the socket cannot be made.
pub(super) async fn listen(folder: &Folder) -> Result<UnixListener> {
    let (path, _open) = socket_path(folder)?;
    if ask(folder, &Order::Hello).await.is_ok() {
        bail!(
            "Ya hay una demostración en marcha en {}. Ciérrela con Ctrl-C, o use otra carpeta con --dir.",
            folder.path().display()
        );
    }
    if path.exists() {
        fs::remove_file(&path).context("No se puede quitar el demo.sock de una demostración anterior")?;
    }
    let listener = UnixListener::bind(&path).context("No se puede crear demo.sock")?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers orders until it is dropped.
pub(super) async fn serve(listener: UnixListener, town: Town, cities: Vec<CityMemory>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (town, cities) = (town.clone(), cities.clone());
        tokio::spawn(async move {
            if let Err(error) = answer(stream, &town, &cities).await {
                super::tell(&format!("demo.sock: {error:#}"));
            }
        });
    }
}

async fn answer(stream: UnixStream, town: &Town, cities: &[CityMemory]) -> Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    let mut read = BufReader::new(read.take(LINE_MAX_BYTES));
    timeout(ASK_TIMEOUT, read.read_line(&mut line)).await.context("nadie escribe")??;
    if line.is_empty() {
        return Ok(());
    }
    let answer = match serde_json::from_str(&line) {
        Ok(order) => {
            obey(order, town, cities).await.unwrap_or_else(|error| Answer::Error(format!("{error:#}")))
        }
        Err(_) => Answer::Error("No se entiende la orden.".into()),
    };
    let mut text = serde_json::to_string(&answer)?;
    text.push('\n');
    write.write_all(text.as_bytes()).await.context("quien preguntaba se ha ido")
}

async fn obey(order: Order, town: &Town, cities: &[CityMemory]) -> Result<Answer> {
    Ok(match order {
        Order::Hello => Answer::Ok(String::new()),
        Order::Stop(name) => {
            let city = find(cities, &name)?;
            if town.stop(&city.slug).await {
                Answer::Ok(format!("El nodo de {} está parado.", city.name))
            } else {
                Answer::Ok(format!("El nodo de {} ya estaba parado.", city.name))
            }
        }
        Order::Start(name) => {
            let city = find(cities, &name)?;
            town.start(city).await?;
            Answer::Ok(format!(
                "El nodo de {} está en marcha: http://127.0.0.1:{}",
                city.name, city.page_port
            ))
        }
    })
}

/// By slug or by name, without minding accents, capitals or spaces.
fn find<'a>(cities: &'a [CityMemory], name: &str) -> Result<&'a CityMemory> {
    let wanted = plain(name);
    let found = cities.iter().find(|city| city.slug == wanted || plain(&city.name) == wanted);
    found.with_context(|| {
        let names: Vec<&str> = cities.iter().map(|city| city.slug.as_str()).collect();
        format!("En esta demostración no hay ninguna ciudad «{name}». Están: {}.", names.join(", "))
    })
}

fn plain(name: &str) -> String {
    name.trim()
        .to_lowercase()
        .chars()
        .map(|letter| match letter {
            'á' | 'à' => 'a',
            'é' | 'è' => 'e',
            'í' | 'ï' => 'i',
            'ó' | 'ò' => 'o',
            'ú' | 'ü' => 'u',
            ' ' | '_' => '-',
            other => other,
        })
        .collect()
}

/// Asks the running demonstration and gives back its sentence.
///
/// # Errors
/// None is running there, or it refuses.
pub(super) async fn ask(folder: &Folder, order: &Order) -> Result<String> {
    let (path, _open) = socket_path(folder)?;
    let absent = || {
        format!(
            "No hay ninguna demostración en marcha en {}. Arránquela con «alianza demo».",
            folder.path().display()
        )
    };
    let mut stream = UnixStream::connect(&path).await.with_context(absent)?;
    let mut text = serde_json::to_string(order)?;
    text.push('\n');
    stream.write_all(text.as_bytes()).await?;
    let mut line = String::new();
    let mut read = BufReader::new(stream.take(LINE_MAX_BYTES));
    timeout(ANSWER_TIMEOUT, read.read_line(&mut line)).await.context("La demostración no contesta.")??;
    match serde_json::from_str(&line).context("La demostración se ha cerrado sin contestar.")? {
        Answer::Ok(sentence) => Ok(sentence),
        Answer::Error(sentence) => bail!(sentence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cities() -> Vec<CityMemory> {
        [("tarija", "Tarija"), ("jaen", "Jaén"), ("sant-cugat-del-valles", "Sant Cugat del Vallès")]
            .map(|(slug, name)| CityMemory {
                slug: slug.into(),
                name: name.into(),
                page_port: 1,
                link_port: 2,
                people: Vec::new(),
            })
            .to_vec()
    }

    #[test]
    fn a_city_is_found_as_people_write_it() {
        for name in ["jaen", "Jaén", "JAÉN ", "jaén"] {
            assert_eq!(find(&cities(), name).expect("found").slug, "jaen");
        }
        assert_eq!(find(&cities(), "Sant Cugat del Vallès").expect("found").slug, "sant-cugat-del-valles");
        let error = find(&cities(), "Soria").expect_err("absent").to_string();
        assert!(error.contains("Soria") && error.contains("tarija, jaen"), "{error}");
    }

    #[tokio::test]
    async fn a_second_demonstration_on_one_folder_is_refused_and_orders_are_answered() {
        let dir = tempfile::tempdir().expect("a folder");
        let long = dir.path().join("x".repeat(90)).join("demo");
        for path in [dir.path().join("demo"), long] {
            let folder = Folder::open(&path).expect("made");
            assert!(
                ask(&folder, &Order::Hello).await.expect_err("nobody").to_string().contains("No hay ninguna")
            );
            let listener = listen(&folder).await.expect("listens");
            let town = Town::new(folder.clone()).expect("this program");
            let served = tokio::spawn(serve(listener, town, cities()));
            assert!(listen(&folder).await.expect_err("taken").to_string().contains("Ya hay"));
            let sentence = ask(&folder, &Order::Stop("Jaén".into())).await.expect("answered");
            assert_eq!(sentence, "El nodo de Jaén ya estaba parado.");
            assert!(ask(&folder, &Order::Start("Soria".into())).await.is_err());
            served.abort();
            assert!(served.await.is_err());
            listen(&folder).await.expect("what is left of a dead one is no obstacle");
        }
    }
}
