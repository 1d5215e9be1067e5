//! One file per command. A command talks to the running node through its local socket, or opens the data folder
//! itself while the node is stopped.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

pub mod control;
pub mod demo;
mod init;
mod people;
mod print;
mod serve;
mod tls;

use control::{LocalRequest, Order};

use crate::engine::handle::Request;
use alianza_shared::api::{Admit, Join, NewAlliance, NewInvitation};

/// Alianza: the node that a city runs for itself, to cooperate with other cities as equals.
#[derive(Debug, Parser)]
#[command(name = "alianza", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Where the node lives, and how to print.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// Data folder of the node.
    #[arg(long, env = "ALIANZA_DATA", default_value = "./alianza-data")]
    pub data: PathBuf,
    /// Print data as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the data folder of a new node: key, settings, first account.
    Init(init::InitArgs),
    /// Run the node: page, API and connections with partners.
    Serve(serve::ServeArgs),
    /// How the node and its alliances stand.
    Status(Common),
    /// Alliances of this city.
    #[command(subcommand)]
    Alliance(Alliance),
    /// Invitations for other cities.
    #[command(subcommand)]
    Invite(Invite),
    /// Answer an invitation.
    Join {
        /// The link that was received.
        link: String,
        #[command(flatten)]
        common: Common,
    },
    /// Admit a city that has answered an invitation.
    Admit {
        /// Id of the answer, or name of the city.
        accept: String,
        /// Alliance meant, by its id; can be left out when there is only one.
        #[arg(long)]
        circle: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// People of this city.
    #[command(subcommand)]
    User(people::User),
    /// Documents.
    #[command(subcommand)]
    Doc(Doc),
    /// Certificate of the page, for a node that speaks TLS itself.
    #[command(subcommand)]
    Tls(tls::TlsCommand),
    /// Check every record on disk: chains, signatures, index against journal.
    Verify(Common),
    /// Six cities of an invented programme, as real nodes on this machine.
    Demo(demo::DemoArgs),
}

#[derive(Debug, Subcommand)]
enum Alliance {
    /// Found an alliance.
    Create {
        /// Its name, as every member reads it.
        name: String,
        #[command(flatten)]
        common: Common,
    },
    /// List the alliances of this city.
    List(Common),
    /// Members of an alliance, and what each has of ours.
    Members {
        /// Alliance meant, by its id; can be left out when there is only one.
        #[arg(long)]
        circle: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Leave an alliance. What was written stays with everyone.
    Leave {
        /// Alliance meant, by its id; can be left out when there is only one.
        #[arg(long)]
        circle: Option<String>,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Subcommand)]
enum Invite {
    /// Make an invitation and print its link; the link is the only copy of its secret.
    Create {
        /// Alliance meant, by its id; can be left out when there is only one.
        #[arg(long)]
        circle: Option<String>,
        /// coordinator, partner, associate, facilitator or observer.
        #[arg(long)]
        role: Option<String>,
        /// Hours of validity, 720 at most; 168 when not given.
        #[arg(long)]
        hours: Option<u64>,
        /// A line that goes with the invitation, for whoever admits the city later.
        #[arg(long)]
        note: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// List invitations and the answers that wait.
    List {
        /// Alliance meant, by its id; can be left out when there is only one.
        #[arg(long)]
        circle: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Take an invitation back.
    Revoke {
        /// Its id, from `alianza invite list`.
        id: String,
        /// Alliance meant, by its id; can be left out when there is only one.
        #[arg(long)]
        circle: Option<String>,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Subcommand)]
enum Doc {
    /// List documents.
    List {
        /// Alliance meant, by its id; can be left out when there is only one.
        #[arg(long)]
        circle: Option<String>,
        /// Only those of this kind: programme, section, contribution…
        #[arg(long)]
        kind: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Show a document as JSON.
    Show {
        /// Its id, from `alianza doc list`.
        id: String,
        #[command(flatten)]
        common: Common,
    },
    /// Who changed a document, and when.
    History {
        /// Its id, from `alianza doc list`.
        id: String,
        #[command(flatten)]
        common: Common,
    },
}

/// Run one command. The exit code is 0, 1 for what was refused or found wrong, 2 for usage.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Init(args) => init::run(args).await,
        Command::Serve(args) => serve::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Status(common) => ask(&common, Order::Engine(Request::Status), print::status).await,
        Command::Alliance(command) => alliance(command).await,
        Command::Invite(command) => invite(command).await,
        Command::Join { link, common } => {
            ask(&common, Order::Engine(Request::Join(Join { link })), print::joined).await
        }
        Command::Admit { accept, circle, common } => {
            let circle = control::circle(&common, circle).await?;
            let request = Request::Admit { circle, admit: Admit { accept } };
            ask(&common, Order::Engine(request), print::circle).await
        }
        Command::User(command) => people::run(command).await,
        Command::Doc(command) => doc(command).await,
        Command::Tls(command) => tls::run(command),
        Command::Verify(common) => verify(&common).await,
    }
}

async fn alliance(command: Alliance) -> anyhow::Result<ExitCode> {
    match command {
        Alliance::Create { name, common } => {
            ask(&common, Order::Engine(Request::CreateAlliance(NewAlliance { name })), print::circle).await
        }
        Alliance::List(common) => ask(&common, Order::Engine(Request::Alliances), print::circles).await,
        Alliance::Members { circle, common } => {
            let circle = control::circle(&common, circle).await?;
            ask(&common, Order::Engine(Request::Alliance { circle }), print::members).await
        }
        Alliance::Leave { circle, common } => {
            let circle = control::circle(&common, circle).await?;
            ask(&common, Order::Engine(Request::Leave { circle }), print::circle).await
        }
    }
}

async fn invite(command: Invite) -> anyhow::Result<ExitCode> {
    match command {
        Invite::Create { circle, role, hours, note, common } => {
            let circle = control::circle(&common, circle).await?;
            let request = Request::Invite { circle, invitation: NewInvitation { role, hours, note } };
            ask(&common, Order::Engine(request), print::invitation).await
        }
        Invite::List { circle, common } => {
            let circle = control::circle(&common, circle).await?;
            ask(&common, Order::Engine(Request::Invitations { circle }), print::invitations).await
        }
        Invite::Revoke { id, circle, common } => {
            let circle = control::circle(&common, circle).await?;
            ask(&common, Order::Engine(Request::RevokeInvite { circle, id }), print::done).await
        }
    }
}

async fn doc(command: Doc) -> anyhow::Result<ExitCode> {
    match command {
        Doc::List { circle, kind, common } => {
            ask(&common, Order::Engine(Request::Documents { circle, kind }), print::documents).await
        }
        Doc::Show { id, common } => ask(&common, Order::Engine(Request::Document { id }), print::json).await,
        Doc::History { id, common } => {
            ask(&common, Order::Engine(Request::History { id }), print::history).await
        }
    }
}

async fn verify(common: &Common) -> anyhow::Result<ExitCode> {
    let value = control::execute(common, Order::Local(LocalRequest::Verify)).await?;
    if common.json {
        print::json(&value);
    } else {
        print::report(&value);
    }
    Ok(if value["clean"] == true { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn ask(common: &Common, order: Order, show: fn(&serde_json::Value)) -> anyhow::Result<ExitCode> {
    let value = control::execute(common, order).await?;
    if common.json {
        print::json(&value);
    } else {
        show(&value);
    }
    Ok(ExitCode::SUCCESS)
}
