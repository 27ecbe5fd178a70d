//! `freehold token create`: an API token, printed once.

use anyhow::{Context as _, anyhow};
use clap::{Args, Subcommand};
use desk::{
    Desk,
    identity::{AddServiceAccount, MakeToken, MakeTokenFor, People, ServiceAccounts, TokenOwner},
};
use domain::identity::{Capability, SystemActor};

use super::{Failure, Outcome, open};
use crate::{config::Config, edge};

/// API tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Makes a token and prints it, once.
    Create(Create),
}

/// Makes a token.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The person it acts as
    #[arg(
        long = "for",
        value_name = "E-MAIL",
        required_unless_present = "service",
        conflicts_with = "service"
    )]
    person: Option<String>,
    /// The service account it belongs to, which is made if it is not there
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// What it may be used for, such as ticket.read; everything that its owner may, if none is named
    #[arg(long = "scope", value_name = "SCOPE", value_parser = scope)]
    scopes: Vec<Capability>,
    /// For how long, in days, at most a year
    #[arg(long, value_name = "DAYS", default_value = "90d", value_parser = days)]
    expires: u16,
    /// What it is called in lists
    #[arg(long, default_value = "made at the command line")]
    label: String,
}

fn scope(text: &str) -> Result<Capability, String> {
    Capability::parse(text).ok_or_else(|| {
        let known: Vec<_> = Capability::ALL.iter().map(|it| it.as_str()).collect();
        format!("scopes are {}", known.join(", "))
    })
}

fn days(text: &str) -> Result<u16, String> {
    let days = text.strip_suffix('d').unwrap_or(text);
    days.parse()
        .ok()
        .filter(|days| (1..=366).contains(days))
        .ok_or_else(|| "write it as 90d, from 1d to 366d".to_owned())
}

impl Token {
    pub(super) fn run(&self, config: &Config) -> Outcome {
        let Self::Create(create) = self;
        create.run(config)
    }
}

impl Create {
    fn run(&self, config: &Config) -> Outcome {
        let tenant = open(config)?;
        let owner = self.owner(&tenant.desk)?;
        let token = MakeToken {
            label: self.label.clone(),
            scopes: self.scopes.clone(),
            expires_in_days: Some(self.expires),
        };
        let made = tenant
            .desk
            .execute_now(edge::context(SystemActor::CommandLine)?, MakeTokenFor { owner, token })
            .context("the token was not made")?;
        // The token alone on standard output, so that it can be piped.
        eprintln!("expires {}; it is not shown again", made.expires_at);
        println!("{}", made.secret.reveal());
        Ok(())
    }

    fn owner(&self, desk: &Desk) -> Outcome<TokenOwner> {
        match (&self.person, &self.service) {
            (Some(email), _) => person(desk, email),
            (None, Some(name)) => service_account(desk, name),
            (None, None) => {
                Err(Failure::Usage(anyhow!("name a person with --for or a program with --service")))
            }
        }
    }
}

fn person(desk: &Desk, email: &str) -> Outcome<TokenOwner> {
    let look = People { search: Some(email.to_owned()), after: None, limit: 200 };
    let page = desk.ask_now(edge::context(SystemActor::CommandLine)?, look)?;
    let found = page.people.into_iter().find(|(person, _)| person.email.eq_ignore_ascii_case(email.trim()));
    let (person, _) = found.ok_or_else(|| {
        anyhow!("nobody here has the address {email}; look at the spelling, or add the person first")
    })?;
    Ok(TokenOwner::Person(person.id))
}

fn service_account(desk: &Desk, name: &str) -> Outcome<TokenOwner> {
    let accounts = desk.ask_now(edge::context(SystemActor::CommandLine)?, ServiceAccounts)?;
    let known = accounts.into_iter().find(|account| account.name == name).map(|account| account.id);
    let id = match known {
        Some(id) => id,
        None => desk.execute_now(
            edge::context(SystemActor::CommandLine)?,
            AddServiceAccount { name: name.to_owned() },
        )?,
    };
    Ok(TokenOwner::ServiceAccount(id))
}
