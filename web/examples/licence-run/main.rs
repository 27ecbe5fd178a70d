//! Runs a command while its person holds a token: `licence-run --licence ID [--software NAME] [--for E-MAIL] -- COMMAND`.
//! `FREEHOLD_URL` names the desk, `FREEHOLD_TOKEN` is an API token of the person or of a service account.

mod client;

use std::process::ExitCode;

use client::{Pool, run};

const USAGE: &str = "usage: FREEHOLD_TOKEN=… licence-run --licence ID [--software NAME] [--for E-MAIL] -- COMMAND [ARGUMENT]…";

#[tokio::main]
async fn main() -> ExitCode {
    let Some((pool, command)) = told(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(&pool, &command).await {
        Ok(code) => ExitCode::from(code),
        Err(sentence) => {
            eprintln!("error: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn told(mut arguments: impl Iterator<Item = String>) -> Option<(Pool, Vec<String>)> {
    let (mut licence, mut software, mut on_behalf_of) = (None, "licence-run".to_owned(), None);
    loop {
        match arguments.next()?.as_str() {
            "--licence" => licence = Some(arguments.next()?),
            "--software" => software = arguments.next()?,
            "--for" => on_behalf_of = Some(arguments.next()?),
            "--" => break,
            _ => return None,
        }
    }
    let command: Vec<String> = arguments.collect();
    let desk = std::env::var("FREEHOLD_URL").unwrap_or_else(|_| "http://127.0.0.1:8080".to_owned());
    let token = std::env::var("FREEHOLD_TOKEN").ok()?;
    let pool = Pool::new(&desk, &licence?, &token, software, on_behalf_of);
    (!command.is_empty()).then_some((pool, command))
}
