//! Each city's node writes that city's part, through its own HTTP interface, signed in as a person of its own.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::content::{Content, LATE, Part};
use super::http_client::Client;
use super::names::Names;

/// For what a partner wrote to arrive, on a busy machine.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(90);
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// A city whose node runs, and the person who writes for it.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) city_id: String,
    pub(super) city8: String,
    pub(super) client: Client,
}

/// Asks again until there is an answer.
///
/// # Errors
/// There is none in time; with the last error met, if any.
pub(super) async fn until<T, F, Asked>(what: &str, limit: Duration, ask: F) -> Result<T>
where
    F: Fn() -> Asked,
    Asked: Future<Output = Result<Option<T>>>,
{
    let deadline = Instant::now() + limit;
    loop {
        let failure = match ask().await {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        if Instant::now() > deadline {
            let why = failure.unwrap_or_else(|| anyhow!("no ha llegado en {} s", limit.as_secs()));
            return Err(why.context(format!("Se esperaba: {what}")));
        }
        sleep(ASK_AGAIN).await;
    }
}

fn string(value: &Value, name: &str) -> Result<String> {
    let text = value.get(name).and_then(Value::as_str);
    text.map(str::to_owned).with_context(|| format!("falta «{name}» en la respuesta del nodo"))
}

/// Everything in an alliance that exists already and has all its members.
pub(super) struct Writing<'a> {
    pub(super) content: &'a Content,
    pub(super) writers: &'a [Writer],
    pub(super) circle: &'a str,
    pub(super) names: Names,
}

impl Writing<'_> {
    fn lead(&self) -> Result<&Writer> {
        self.writers.first().context("no hay ciudades")
    }

    /// Profiles, alliance, programme, contributions.
    ///
    /// # Errors
    /// A node refused something, or something did not reach a partner in time.
    pub(super) async fn all(&mut self, progress: &dyn Fn(&str)) -> Result<()> {
        progress("Cada ciudad escribe su ficha");
        for writer in self.writers {
            self.profile(writer).await?;
        }
        progress("Las ciudades escriben la estrategia de la alianza");
        let alliance = self.document(self.lead()?, self.circle, "alliance", json!({})).await?;
        self.shared(&alliance, Content::alliance_part).await?;
        progress("Tarija crea el programa y cada ciudad escribe su parte");
        let programme = self.programme().await?;
        self.shared(&programme, Content::programme_part).await?;
        progress("Cada ciudad fija su aportación");
        for writer in self.writers {
            self.contribution(writer, &programme).await?;
        }
        Ok(())
    }

    /// The document of a kind in a circle, made when the node has not made it itself.
    async fn document(&self, writer: &Writer, circle: &str, kind: &str, fields: Value) -> Result<String> {
        let found = writer.client.read(&format!("/api/documents?circle={circle}&kind={kind}")).await?;
        if let Some(first) = found.as_array().and_then(|list| list.first()) {
            return string(first, "id");
        }
        let body = json!({ "circle": circle, "kind": kind, "fields": fields });
        string(&writer.client.post("/api/documents", &body).await?, "id")
    }

    async fn profile(&mut self, writer: &Writer) -> Result<()> {
        let session = writer.client.read("/api/session").await?;
        let home = session.pointer("/city/home").and_then(Value::as_str);
        let home = home.with_context(|| format!("{} no tiene círculo propio", writer.name))?.to_owned();
        let profile = self.document(writer, &home, "city_profile", json!({})).await?;
        let part = self.content.profile_part(&writer.slug);
        self.write(writer, &profile, &part).await
    }

    async fn programme(&self) -> Result<String> {
        let lead = self.lead()?;
        let mut fields = self.content.programme_start();
        fields.insert("lead_city".into(), lead.city8.clone().into());
        self.document(lead, self.circle, "programme", Value::Object(fields)).await
    }

    /// A document that several cities write: first the items of all, then what refers to them.
    async fn shared(&mut self, id: &str, part_of: fn(&Content, &str) -> Part) -> Result<()> {
        let path = format!("/api/documents/{id}");
        // Lines hang from activities of every city, so those of the lead city come after the others' items.
        let (lines, first): (Vec<_>, Vec<_>) = part_of(self.content, &self.lead()?.slug)
            .items
            .into_iter()
            .partition(|item| LATE.contains(&item.collection.as_str()));
        for writer in self.writers {
            let client = &writer.client;
            let arrived = || async { Ok(client.read(&path).await.ok()) };
            until(&format!("el documento en {}", writer.name), ARRIVAL_TIMEOUT, arrived).await?;
            let mut part = part_of(self.content, &writer.slug);
            if writer.slug == self.lead()?.slug {
                part.items.clone_from(&first);
            }
            self.write_plain(writer, id, &part).await?;
        }
        let lead = self.lead()?.clone();
        self.write_plain(&lead, id, &Part { items: lines, ..Part::default() }).await?;
        for writer in self.writers {
            let items = part_of(self.content, &writer.slug).items;
            let operations: Vec<Value> = items.iter().flat_map(|item| self.names.inside(item)).collect();
            self.patch(writer, id, operations).await?;
        }
        Ok(())
    }

    async fn write(&mut self, writer: &Writer, id: &str, part: &Part) -> Result<()> {
        self.write_plain(writer, id, part).await?;
        let operations: Vec<Value> = part.items.iter().flat_map(|item| self.names.inside(item)).collect();
        self.patch(writer, id, operations).await
    }

    /// Values, items without the maps inside them, and narratives.
    async fn write_plain(&mut self, writer: &Writer, id: &str, part: &Part) -> Result<()> {
        self.patch(writer, id, self.names.set("", &part.fields)).await?;
        // An item may refer to an earlier one (a result to its objective): one request per chain link.
        let mut rest = part.items.as_slice();
        while let Some(first) = rest.first() {
            let same = rest.iter().take_while(|item| item.collection == first.collection).count();
            let (now, later) = rest.split_at(same);
            rest = later;
            let operations = now.iter().map(|item| self.names.add(item)).collect::<Result<Vec<Value>>>()?;
            let answer = self.send(writer, id, operations).await?;
            let added: Vec<&str> = answer
                .get("added")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            if added.len() != now.len() {
                bail!("{}: se han añadido {} elementos de {}", writer.name, added.len(), now.len());
            }
            for (item, added) in now.iter().zip(added) {
                self.names.items.insert(item.key.clone(), added.to_owned());
            }
        }
        self.narratives(writer, id, &part.sections).await
    }

    /// Each narrative is a document of its own, made together with its parent.
    async fn narratives(&self, writer: &Writer, parent: &str, sections: &[(String, String)]) -> Result<()> {
        for (field, body) in sections {
            let client = &writer.client;
            let path = format!("/api/documents/{parent}");
            let arrived = || async {
                let view = client.read(&path).await?;
                let id = view.pointer(&format!("/content/sections/{field}")).and_then(Value::as_str);
                let Some(id) = id.map(str::to_owned) else { return Ok(None) };
                Ok(client.read(&format!("/api/documents/{id}")).await.ok().map(|_| id))
            };
            let section =
                until(&format!("el texto «{field}» en {}", writer.name), ARRIVAL_TIMEOUT, arrived).await?;
            let operation = json!({ "op": "set", "path": "/body", "value": body });
            self.patch(writer, &section, vec![operation]).await?;
        }
        Ok(())
    }

    /// The city accepts; its node then makes its contribution; a person fills it in.
    async fn contribution(&self, writer: &Writer, programme: &str) -> Result<()> {
        let Some(given) = self.content.contribution(&writer.slug) else { return Ok(()) };
        let client = &writer.client;
        let path = format!("/api/documents/{programme}");
        let wanted: Vec<&String> = given
            .cells
            .keys()
            .filter_map(|cell| self.names.items.get(cell.split('|').next().unwrap_or_default()))
            .collect();
        let lines = || async {
            let view = client.read(&path).await?;
            let there = view.pointer("/content/budget_lines").and_then(Value::as_object);
            Ok(there.filter(|there| wanted.iter().all(|line| there.contains_key(line.as_str()))).map(|_| ()))
        };
        until(&format!("las partidas en {}", writer.name), ARRIVAL_TIMEOUT, lines).await?;
        let status = format!("/partners/{}~1status", writer.city8);
        let accept = json!({ "op": "set", "path": status, "value": "accepted" });
        self.patch(writer, programme, vec![accept]).await?;
        let own = || async {
            let list =
                client.read(&format!("/api/documents?circle={}&kind=contribution", self.circle)).await?;
            let mine = |it: &&Value| {
                let is = |name: &str, wanted: &[&str]| {
                    it.get(name).and_then(Value::as_str).is_some_and(|text| wanted.contains(&text))
                };
                is("owner", &[&writer.city_id, &writer.city8]) && is("parent", &[programme])
            };
            let found = list.as_array().and_then(|list| list.iter().find(mine));
            found.map(|it| string(it, "id")).transpose()
        };
        let id = until(&format!("la aportación de {}", writer.name), ARRIVAL_TIMEOUT, own).await?;
        let fields = json!({ "cells": given.cells, "note": given.note });
        let operations = fields.as_object().map(|fields| self.names.set("", fields)).unwrap_or_default();
        self.patch(writer, &id, operations).await
    }

    async fn patch(&self, writer: &Writer, id: &str, operations: Vec<Value>) -> Result<()> {
        if !operations.is_empty() {
            self.send(writer, id, operations).await?;
        }
        Ok(())
    }

    async fn send(&self, writer: &Writer, id: &str, operations: Vec<Value>) -> Result<Value> {
        let body = json!({ "operations": operations });
        let answer = writer.client.patch(&format!("/api/documents/{id}"), &body).await;
        answer.with_context(|| format!("El nodo de {} no acepta su parte", writer.name))
    }
}
