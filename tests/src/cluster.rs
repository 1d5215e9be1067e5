//! Several cities on this machine, allied through real invitations.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use alianza_shared::api::{CircleStatus, StatusView};
use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::client::Client;
use crate::node::{Node, find_text};
use crate::wait::wait_for;

/// The cities of the seed, in its order.
pub const CITIES: [&str; 6] =
    ["Tarija", "Palencia", "Jaén", "Azuqueca de Henares", "Sant Cugat del Vallès", "Alcobendas"];
/// Rights of the person who edits in the tests.
pub const EDITOR_ROLES: [&str; 4] =
    ["coop_officer", "sector_tech", "finance_officer", "authorised_signatory"];
const PASSWORD: &str = "cigüeña azul sobre el Guadalquivir 93";
/// Until partners have exchanged what they have to.
pub const SETTLE_TIMEOUT: Duration = Duration::from_secs(90);

/// A person of a city with a token for the API.
#[derive(Debug, Clone)]
pub struct Person {
    pub user: String,
    pub password: String,
    pub token: String,
}

/// Nodes of one alliance. Node 0 founded it.
#[derive(Debug)]
pub struct Cluster {
    pub nodes: Vec<Node>,
    /// One editor for each node.
    pub people: Vec<Person>,
    /// The alliance, hexadecimal.
    pub circle: String,
    folder: Option<tempfile::TempDir>,
}

impl Cluster {
    /// `n` nodes that run and do not know one another.
    pub async fn strangers(n: usize) -> Result<Self> {
        Self::with_announced(&vec![None; n]).await
    }

    /// As [`Cluster::strangers`], each announcing this port in place of its own.
    pub async fn with_announced(announce: &[Option<u16>]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("alianza-").tempdir()?;
        let mut cluster =
            Self { nodes: Vec::new(), people: Vec::new(), circle: String::new(), folder: Some(folder) };
        for (n, announce) in announce.iter().enumerate() {
            let city = CITIES.get(n).map_or_else(|| format!("Ciudad {n}"), |name| (*name).to_owned());
            cluster.add(&city, *announce).await?;
        }
        Ok(cluster)
    }

    /// `n` nodes, members of one alliance, everything received by all.
    pub async fn alliance(n: usize) -> Result<Self> {
        let mut cluster = Self::strangers(n).await?;
        cluster.ally().await?;
        Ok(cluster)
    }

    /// Sets up and starts one more node, with its editor.
    pub async fn add(&mut self, city: &str, announce: Option<u16>) -> Result<usize> {
        let mut node = Node::init(&self.folder(), city, announce).await?;
        let person = new_person(&node, "editora", &EDITOR_ROLES).await?;
        node.start().await?;
        self.nodes.push(node);
        self.people.push(person);
        Ok(self.nodes.len() - 1)
    }

    /// Node 0 founds an alliance, the others join it.
    pub async fn ally(&mut self) -> Result<()> {
        let made = self.nodes[0].json(&["alliance", "create", "Alianza de prueba"]).await?;
        self.circle = find_text(&made, "id").context("alliance create --json prints no id")?;
        for n in 1..self.nodes.len() {
            self.join(n).await?;
        }
        let all: Vec<usize> = (0..self.nodes.len()).collect();
        self.settled(&all).await?;
        Ok(())
    }

    /// Link of a new invitation by node 0.
    pub async fn invite(&self, extra: &[&str]) -> Result<(String, String)> {
        let mut args = vec!["invite", "create", "--circle", &self.circle];
        args.extend_from_slice(extra);
        let made = self.nodes[0].json(&args).await?;
        let link = find_text(&made, "link").context("invite create --json prints no link")?;
        let id = find_text(&made, "id").context("invite create --json prints no id")?;
        Ok((id, link))
    }

    /// Invitation by node 0, join by node `n`, admission by node 0, until node `n` is a member.
    pub async fn join(&self, n: usize) -> Result<()> {
        let (_, link) = self.invite(&["--role", "partner"]).await?;
        let joiner = &self.nodes[n];
        joiner.json(&["join", &link]).await?;
        self.admit(&joiner.city).await?;
        let client = self.client(n);
        wait_for(&format!("{} is a member", joiner.city), SETTLE_TIMEOUT, || async {
            let circle = client.status().await.map_err(|e| e.to_string())?;
            match circle.alliances.iter().find(|one| one.id == self.circle) {
                Some(circle) if circle.standing == "active" => Ok(()),
                other => Err(format!("{other:?}")),
            }
        })
        .await
    }

    /// Node 0 admits a city as soon as its answer has come.
    pub async fn admit(&self, city: &str) -> Result<()> {
        wait_for(&format!("{city} is admitted"), SETTLE_TIMEOUT, || async {
            let args = ["admit", city, "--circle", &self.circle];
            let output = self.nodes[0].run(&args, None).await.map_err(|e| e.to_string())?;
            if output.ok() { Ok(()) } else { Err(output.text()) }
        })
        .await
    }

    /// The editor of node `n`.
    pub fn client(&self, n: usize) -> Client {
        Client::new(self.nodes[n].page, &self.people[n].token)
    }

    pub fn folder(&self) -> PathBuf {
        self.folder.as_ref().map(|folder| folder.path().to_owned()).unwrap_or_default()
    }

    /// Until these nodes have the same entries and documents and owe one another nothing; the common root.
    pub async fn settled(&self, which: &[usize]) -> Result<String> {
        self.settled_within(which, SETTLE_TIMEOUT).await
    }

    /// [`Cluster::settled`] with a time of its own.
    pub async fn settled_within(&self, which: &[usize], timeout: Duration) -> Result<String> {
        let agreed = wait_for("all nodes agree", timeout, || async {
            let mut seen = Vec::new();
            for &n in which {
                let status =
                    self.client(n).status().await.map_err(|e| format!("{}: {e}", self.nodes[n].city))?;
                seen.push((self.nodes[n].city.as_str(), status));
            }
            agreement(&self.circle, &seen)
        })
        .await;
        agreed.with_context(|| self.complaints())
    }

    /// What the nodes have logged above INFO, for the report of a failure.
    pub fn complaints(&self) -> String {
        let mut lines = Vec::new();
        for node in &self.nodes {
            let text = node.log_text();
            let loud: Vec<&str> = text.lines().filter(|line| !line.contains("\"level\":\"INFO\"")).collect();
            for line in &loud[loud.len().saturating_sub(12)..] {
                lines.push(format!("{}: {line}", node.city));
            }
        }
        format!("the nodes complain:\n  {}", lines.join("\n  "))
    }

    /// After [`Cluster::settled`]: the same documents in the alliance and in every home that several hold.
    pub async fn assert_equal_documents(&self, which: &[usize]) -> Result<()> {
        let mut circles = vec![self.circle.clone()];
        for &n in which {
            let status = self.client(n).status().await?;
            circles.extend(status.homes.iter().map(|home| home.id.clone()));
        }
        circles.sort();
        circles.dedup();
        for circle in circles {
            wait_for("equal documents", Duration::from_secs(30), || self.equal_in(which, &circle)).await?;
        }
        Ok(())
    }

    async fn equal_in(&self, which: &[usize], circle: &str) -> Result<(), String> {
        let mut first: Option<(usize, String, BTreeMap<String, Value>)> = None;
        for &n in which {
            let client = self.client(n);
            let status = client.status().await.map_err(|e| e.to_string())?;
            let holds = status.alliances.iter().chain(&status.homes).any(|one| one.id == circle);
            if !holds {
                continue;
            }
            let everything = client.everything(circle).await.map_err(|e| e.to_string())?;
            let digest = client.digest(circle).await.map_err(|e| e.to_string())?;
            match &first {
                None => first = Some((n, digest, everything)),
                Some((other, expected, theirs)) if *expected != digest => {
                    let (a, b) = (&self.nodes[*other].city, &self.nodes[n].city);
                    return Err(format!(
                        "{a} and {b} differ in {circle}: {}",
                        difference(theirs, &everything)
                    ));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// No node has ended by itself.
    pub fn assert_alive(&mut self) {
        for node in &mut self.nodes {
            assert!(!node.has_crashed(), "{} has crashed; log:\n{}", node.city, node.log_tail(40));
        }
    }

    /// Stops every node that runs, each of which must end well.
    pub async fn stop(&mut self) -> Result<()> {
        for node in &mut self.nodes {
            node.stop().await?;
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let keep = std::env::var_os("ALIANZA_KEEP").is_some();
        if keep && let Some(folder) = self.folder.take() {
            eprintln!("kept: {}", folder.keep().display());
        }
    }
}

/// Adds a person and makes a token; works while the node runs and while it does not.
pub async fn new_person(node: &Node, user: &str, roles: &[&str]) -> Result<Person> {
    let mut args = vec!["user", "add", user, "--name", "Persona de Prueba", "--office", "Cooperación"];
    for role in roles {
        args.extend_from_slice(&["--role", role]);
    }
    args.push("--password-stdin");
    let output = node.run(&args, Some(&format!("{PASSWORD}\n"))).await?;
    if !output.ok() {
        bail!("user add on {} failed: {}", node.city, output.text());
    }
    let token = node.json(&["user", "token", user]).await?;
    let token = find_text(&token, "token").context("user token --json prints no token")?;
    Ok(Person { user: user.to_owned(), password: PASSWORD.to_owned(), token })
}

/// Common root of these views of one alliance, or what is missing.
fn agreement(circle: &str, seen: &[(&str, StatusView)]) -> Result<String, String> {
    let mut lines = Vec::new();
    let mut roots = Vec::new();
    let mut open = false;
    for (city, status) in seen {
        let Some(one) = status.alliances.iter().find(|one| one.id == circle) else {
            return Err(format!("{city} does not know the alliance"));
        };
        open |= one.pending + one.waiting + one.held > 0 || zero(&one.state_root);
        open |= one.members.iter().any(|member| !member.is_self && member.entries_we_lack > 0);
        roots.push((one.state_root.clone(), one.vector_digest.clone()));
        lines.push(line(city, one));
    }
    roots.dedup();
    match roots.as_slice() {
        [(root, _)] if !open => Ok(root.clone()),
        _ => Err(format!("\n  {}", lines.join("\n  "))),
    }
}

fn line(city: &str, one: &CircleStatus) -> String {
    let lacking: Vec<String> = one
        .members
        .iter()
        .filter(|member| !member.is_self)
        .map(|member| {
            let state = if member.connected { "" } else { " away" };
            format!("{} {}/{}{state}", member.city, member.entries_they_lack, member.entries_we_lack)
        })
        .collect();
    format!(
        "{city}: root {} vector {} documents {} entries {} pending {} waiting {} held {} void {} [{}]",
        one.state_root,
        one.vector_digest,
        one.documents,
        one.entries,
        one.pending,
        one.waiting,
        one.held,
        one.void,
        lacking.join(", ")
    )
}

/// A root that says nothing: not comparable.
pub fn zero(root: &str) -> bool {
    root.is_empty() || root.bytes().all(|byte| byte == b'0')
}

/// First document in which two nodes differ, in words.
pub fn difference(a: &BTreeMap<String, Value>, b: &BTreeMap<String, Value>) -> String {
    for (id, value) in a {
        match b.get(id) {
            None => return format!("only one has {id} {}", value["kind"]),
            Some(other) if other != value => {
                let keys = ["heads", "content", "conflicts", "derived", "owner", "kind"];
                let key = keys.into_iter().find(|key| value[*key] != other[*key]).unwrap_or("?");
                return format!("{id} {} differs in {key}:\n{}\n{}", value["kind"], value[key], other[key]);
            }
            Some(_) => {}
        }
    }
    b.keys().find(|id| !a.contains_key(*id)).map_or_else(String::new, |id| format!("only one has {id}"))
}
