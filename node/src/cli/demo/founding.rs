//! The first start: six keys, one alliance, real invitations; and the wait until all hold the same.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::content::{City, Content};
use super::folder::{CityMemory, Folder, Memory, PersonMemory, new_password};
use super::http_client::Client;
use super::names::Names;
use super::process::Town;
use super::writing::{Writer, Writing, until};

/// The account that `init` makes; the people of the demonstration are made with it.
const ADMIN: &str = "administracion";
const ALLIANCE: &str = "Alianza Bolivia (demostración)";
/// Distance between the port of a city's page and the one where partners reach it.
pub(super) const LINK_PORT_OFFSET: u16 = 20;
const JOIN_TIMEOUT: Duration = Duration::from_secs(90);
pub(super) const EQUAL_TIMEOUT: Duration = Duration::from_secs(180);

/// Makes the data folder and key of a city.
///
/// # Errors
/// What `alianza init` says.
pub(super) async fn settle(town: &Town, folder: &Folder, city: &City, port: u16) -> Result<CityMemory> {
    let link_port = port + LINK_PORT_OFFSET;
    let address = format!("/ip4/127.0.0.1/tcp/{link_port}");
    let data = folder.data(&city.slug);
    let data = data.to_str().context("el nombre de la carpeta no es texto")?;
    let page = format!("127.0.0.1:{port}");
    let made = town
        .command([
            "init",
            "--json",
            "--data",
            data,
            "--city",
            &city.name,
            "--country",
            &city.country,
            "--page",
            &page,
            "--listen",
            &address,
            "--announce",
            &address,
            "--admin",
            ADMIN,
        ])
        .await
        .with_context(|| format!("No se puede preparar el nodo de {}", city.name))?;
    let text = |name: &str| made.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut people = Vec::new();
    for person in &city.people {
        let (user, roles) = (person.user.clone(), person.roles.clone());
        people.push(PersonMemory { user, roles, password: new_password()? });
    }
    people.push(PersonMemory {
        user: text("user").unwrap_or_else(|| ADMIN.into()),
        roles: vec!["node_admin".into()],
        password: text("password").context("init no ha dicho la contraseña")?,
    });
    let (slug, name) = (city.slug.clone(), city.name.clone());
    Ok(CityMemory { slug, name, page_port: port, link_port, people })
}

/// Makes the people of a city, whose node runs, and signs in as the first of them.
///
/// # Errors
/// The node's sentence.
pub(super) async fn people(city: &City, memory: &CityMemory, names: &mut Names) -> Result<Writer> {
    let mut admin = Client::new(memory.page_port);
    let account = memory.people.last().context("falta la cuenta de administración")?;
    admin.sign_in(&account.user, &account.password).await?;
    for (person, kept) in city.people.iter().zip(&memory.people) {
        let body = json!({
            "user": person.user, "name": person.name, "office": person.office, "roles": person.roles,
            "password": kept.password,
        });
        admin.post("/api/people", &body).await?;
    }
    let writer = sign_in(memory).await?;
    let list = admin.read("/api/people").await?;
    for person in list.as_array().into_iter().flatten() {
        if let (Some(user), Some(reference)) = (person["user"].as_str(), person["person_ref"].as_str()) {
            names.people.insert(format!("{}/{user}", city.slug), reference.to_owned());
        }
    }
    names.cities.insert(city.slug.clone(), writer.city8.clone());
    Ok(writer)
}

/// Signs in as the person of a city whom the table shows.
///
/// # Errors
/// The node's sentence.
pub(super) async fn sign_in(memory: &CityMemory) -> Result<Writer> {
    let person = memory.person()?;
    let mut client = Client::new(memory.page_port);
    client.sign_in(&person.user, &person.password).await?;
    let session = client.read("/api/session").await?;
    let text = |path: &str| {
        let found = session.pointer(path).and_then(Value::as_str).map(str::to_owned);
        found.with_context(|| format!("falta {path} en la sesión"))
    };
    Ok(Writer {
        slug: memory.slug.clone(),
        name: memory.name.clone(),
        city_id: text("/city/city_id")?,
        city8: text("/city/city8")?,
        client,
    })
}

/// Founds the alliance at the first city, invites and admits the others, and has each write its part.
///
/// # Errors
/// A node refused something, or did not answer in time.
pub(super) async fn found(
    content: &Content,
    writers: &[Writer],
    names: Names,
    progress: &dyn Fn(&str),
) -> Result<()> {
    let (lead, others) = writers.split_first().context("no hay ciudades")?;
    progress(&format!("{} funda la alianza e invita a las demás", lead.name));
    let made = lead.client.post("/api/alliances", &json!({ "name": ALLIANCE })).await?;
    let circle =
        made.get("id").and_then(Value::as_str).context("la alianza no tiene identificador")?.to_owned();
    for city in others {
        join(lead, city, &circle).await?;
        progress(&format!("{} ha entrado en la alianza", city.name));
    }
    Writing { content, writers, circle: &circle, names }.all(progress).await
}

/// One invitation, one answer, one admission.
async fn join(lead: &Writer, city: &Writer, circle: &str) -> Result<()> {
    let path = format!("/api/alliances/{circle}/invitations");
    let body = json!({ "role": "partner", "note": format!("Demostración: {}", city.name) });
    let invitation = lead.client.post(&path, &body).await?;
    let (Some(id), Some(link)) = (invitation["id"].as_str(), invitation["link"].as_str()) else {
        bail!("la invitación de {} no tiene enlace", city.name);
    };
    city.client.post("/api/join", &json!({ "link": link })).await?;
    let answered = || async {
        let list = lead.client.read(&path).await?;
        let ours = list.as_array().and_then(|list| list.iter().find(|it| it["id"] == id));
        Ok(ours.and_then(|it| it.pointer("/accepts/0/id")?.as_str().map(str::to_owned)))
    };
    let accept = until(&format!("la respuesta de {}", city.name), JOIN_TIMEOUT, answered).await?;
    lead.client.post(&format!("/api/alliances/{circle}/admit"), &json!({ "accept": accept })).await?;
    let active = || async {
        let view = city.client.read(&format!("/api/alliances/{circle}")).await?;
        Ok((view["standing"] == "active").then_some(()))
    };
    until(&format!("que {} sea miembro", city.name), JOIN_TIMEOUT, active).await
}

/// Waits until every node prints the same state and nothing is on its way.
///
/// # Errors
/// They differ still; says how.
pub(super) async fn equal(writers: &[Writer], limit: Duration) -> Result<()> {
    let ask = || async {
        let mut states = Vec::new();
        for writer in writers {
            states.push(state(&writer.name, &writer.client.read("/api/status").await?)?);
        }
        if states.windows(2).all(|two| two[0].same(&two[1])) && states.iter().all(State::quiet) {
            return Ok(Some(()));
        }
        let lines: Vec<String> = states.iter().map(ToString::to_string).collect();
        bail!("{}", lines.join("; "));
    };
    until("que todas las ciudades tengan lo mismo", limit, ask).await
}

#[derive(Debug, PartialEq, Eq)]
struct State {
    city: String,
    root: String,
    digest: String,
    active: bool,
    members: usize,
    /// Pending, waiting, held.
    open: [u64; 3],
}

impl State {
    fn same(&self, other: &Self) -> bool {
        self.root == other.root && self.digest == other.digest && self.members == other.members
    }

    fn quiet(&self) -> bool {
        self.active && self.open == [0; 3] && self.root.bytes().any(|byte| byte != b'0')
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let root = self.root.get(..8).unwrap_or(&self.root);
        write!(f, "{} {root} {:?}", self.city, self.open)
    }
}

fn state(city: &str, status: &Value) -> Result<State> {
    let alliance = status.pointer("/alliances/0").with_context(|| format!("{city} no está en la alianza"))?;
    let text = |name: &str| alliance[name].as_str().unwrap_or_default().to_owned();
    let number = |name: &str| alliance[name].as_u64().unwrap_or(u64::MAX);
    Ok(State {
        city: city.to_owned(),
        root: text("state_root"),
        digest: text("vector_digest"),
        active: alliance["standing"] == "active",
        members: alliance["members"].as_array().map_or(0, Vec::len),
        open: [number("pending"), number("waiting"), number("held")],
    })
}

/// Room for the pages and the links of all cities.
///
/// # Errors
/// The port is too high or not for everybody.
pub(super) fn check_port(port: u16, cities: usize) -> Result<()> {
    let last = usize::from(port) + usize::from(LINK_PORT_OFFSET) + cities;
    if port < 1024 || last > usize::from(u16::MAX) {
        bail!(
            "El puerto {port} no sirve: elija con --port uno entre 1024 y {}.",
            u16::MAX - LINK_PORT_OFFSET - 6
        );
    }
    Ok(())
}

/// Every city is set up and remembered, one after the other.
///
/// # Errors
/// See [`settle`].
pub(super) async fn settle_all(
    town: &Town,
    folder: &Folder,
    content: &Content,
    memory: &mut Memory,
) -> Result<()> {
    for (i, city) in content.cities.iter().enumerate() {
        let port = memory.port + u16::try_from(i).context("seis ciudades como mucho")?;
        memory.cities.push(settle(town, folder, city, port).await?);
        folder.remember(memory)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(root: &str, pending: u64) -> Value {
        json!({ "alliances": [{ "state_root": root, "vector_digest": "aa", "standing": "active",
            "members": [1, 2], "pending": pending, "waiting": 0, "held": 0 }] })
    }

    #[test]
    fn equal_means_equal_quiet_and_not_zero() {
        let read = |value: &Value| state("Jaén", value).expect("a state");
        let (one, other) = (read(&status("ab01", 0)), read(&status("ab02", 0)));
        assert!(one.same(&one) && one.quiet());
        assert!(!one.same(&other));
        assert!(!read(&status("ab01", 1)).quiet());
        assert!(!read(&status("0000", 0)).quiet());
        assert!(state("Jaén", &json!({ "alliances": [] })).is_err());
        assert!(!read(&json!({ "alliances": [{}] })).quiet(), "what is missing is not zero");
    }

    #[test]
    fn ports_fit() {
        assert!(check_port(8800, 6).is_ok());
        assert!(check_port(80, 2).is_err());
        assert!(check_port(65_530, 6).is_err());
    }
}
