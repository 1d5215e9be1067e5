//! `alianza user …`: the people of this city.

use std::io::Read as _;
use std::process::ExitCode;

use alianza_shared::api::NewPerson;
use clap::Subcommand;
use serde_json::Value;

use super::control::{LocalRequest, Order, execute};
use super::print::say;
use super::{Common, ask, print};
use crate::accounts::random_password;

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Make an account.
    Add {
        /// Name to sign in with.
        user: String,
        /// Name of the person, as partners read it.
        #[arg(long)]
        name: String,
        /// Department or office, as partners read it.
        #[arg(long, default_value = "")]
        office: String,
        /// coop_officer, sector_tech, finance_officer, node_admin…; can be given several times.
        #[arg(long, required = true)]
        role: Vec<String>,
        /// Read the password from standard input; otherwise one is made and printed.
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        common: Common,
    },
    /// List the people of this city.
    List(Common),
    /// Close an account; its open sessions end at once.
    Disable {
        /// Name to sign in with.
        user: String,
        #[command(flatten)]
        common: Common,
    },
    /// Set a new password; open sessions end at once.
    Password {
        /// Name to sign in with.
        user: String,
        /// Read it from standard input; otherwise one is made and printed.
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Make a token for a program that works in this person's name; shown once.
    Token {
        /// Name to sign in with.
        user: String,
        /// What it is for.
        #[arg(long, default_value = "programa")]
        name: String,
        #[command(flatten)]
        common: Common,
    },
}

pub(super) async fn run(command: User) -> anyhow::Result<ExitCode> {
    match command {
        User::Add { user, name, office, role, password_stdin, common } => {
            let (password, made) = password(password_stdin)?;
            let person = NewPerson { user, name, office, roles: role, password: password.clone() };
            let mut value = execute(&common, Order::Local(LocalRequest::UserAdd { person })).await?;
            shown(&common, &mut value, made.then_some(&password));
        }
        User::List(common) => return ask(&common, Order::Local(LocalRequest::UserList), print::people).await,
        User::Disable { user, common } => {
            return ask(&common, Order::Local(LocalRequest::UserDisable { user }), print::done).await;
        }
        User::Password { user, password_stdin, common } => {
            let (password, made) = password(password_stdin)?;
            let order = LocalRequest::UserPassword { user, password: password.clone() };
            let mut value = execute(&common, Order::Local(order)).await?;
            shown(&common, &mut value, made.then_some(&password));
        }
        User::Token { user, name, common } => {
            return ask(&common, Order::Local(LocalRequest::UserToken { user, name }), print::token).await;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn password(from_stdin: bool) -> anyhow::Result<(String, bool)> {
    if !from_stdin {
        return Ok((random_password(), true));
    }
    let mut text = String::new();
    std::io::stdin().take(1_024).read_to_string(&mut text)?;
    Ok((text.trim_end_matches(['\n', '\r']).to_owned(), false))
}

fn shown(common: &Common, value: &mut Value, password: Option<&String>) {
    if common.json {
        if let (Some(password), Some(object)) = (password, value.as_object_mut()) {
            object.insert("password".into(), Value::String(password.clone()));
        }
        print::json(value);
    } else {
        match password {
            Some(password) => say!("Done. Password: {password}   (shown once)"),
            None => say!("Done."),
        }
    }
}
