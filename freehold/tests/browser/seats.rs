//! Tokens and browsers: looking takes none, an open page keeps one, a killed browser gives it back.

use std::{process::Command, time::Duration};

use anyhow::{Context as _, ensure};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use test_support::{Browser, Find, Scheme, Screen, Server};

use crate::story::{Cast, FREEHOLD, demo};

/// The API as one person.
struct Api<'s> {
    server: &'s Server,
    client: Client,
    token: String,
}

impl<'s> Api<'s> {
    fn of(server: &'s Server, email: &str) -> anyhow::Result<Self> {
        let made = Command::new(FREEHOLD)
            .args(["token", "create", "--for", email, "--data"])
            .arg(server.data())
            .output()?;
        ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let token = String::from_utf8(made.stdout)?.trim().to_owned();
        Ok(Self { server, client: test_support::http().build()?, token })
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.client.get(self.server.at(path)).bearer_auth(&self.token).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// The licence of this name, with its entity tag.
    async fn licence(&self, name: &str) -> anyhow::Result<String> {
        let licences = self.get("/api/v1/licences?limit=200").await?;
        let items = licences["items"].as_array().context("a list of licences")?;
        let found = items.iter().find(|licence| licence["name"] == name).context("the pool")?;
        Ok(found["id"].as_str().unwrap_or_default().to_owned())
    }

    async fn holders(&self, licence: &str) -> anyhow::Result<usize> {
        let leases = self.get(&format!("/api/v1/licences/{licence}/leases?limit=200")).await?;
        Ok(leases["items"].as_array().context("a list of leases")?.len())
    }

    /// Asks again until so many hold a token.
    async fn until_held_by(&self, licence: &str, wanted: usize) -> anyhow::Result<()> {
        let mut between = tokio::time::interval(Duration::from_millis(100));
        for _ in 0..600 {
            between.tick().await;
            if self.holders(licence).await? == wanted {
                return Ok(());
            }
        }
        anyhow::bail!("a minute later still not held by {wanted}")
    }
}

#[tokio::test]
async fn looking_takes_no_token_an_open_page_keeps_one_and_a_killed_browser_gives_it_back()
-> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let manager = Api::of(&server, &cast.email("licence_manager")?)?;
    let pool = manager.licence("Technicians").await?;

    // Ten seconds to live, so that the test need not wait for five minutes.
    let licence = server.at(&format!("/api/v1/licences/{pool}"));
    let looked = manager.client.get(&licence).bearer_auth(&manager.token).send().await?;
    let version = looked.headers().get("etag").context("a licence has an entity tag")?.clone();
    let changed = manager
        .client
        .patch(&licence)
        .bearer_auth(&manager.token)
        .header("if-match", version)
        .json(&json!({ "rules": { "ttl": "PT10S", "drift": "PT1S" } }))
        .send()
        .await?;
    ensure!(changed.status() == StatusCode::OK, "{}", changed.text().await?);

    // A thousand looks: pages in a browser, and reads of the API.
    let (_, link) = cast.all("agent_concurrent").swap_remove(0);
    let browser = Browser::open(Screen::Desktop, Scheme::Light).await?;
    browser.goto(&link).await?;
    browser.goto(&server.at("/desk/q/open")).await?;
    let looked = browser
        .run(
            "const pages = ['/desk/q/open', '/desk/q/unassigned', '/desk/t/INC-1', '/desk/search?q=printer', '/desk/seat'];
             return (async () => {
               let seen = 0;
               for (let n = 0; n < 500; n += 1) {
                 const answer = await fetch(pages[n % pages.length]);
                 if (answer.ok) seen += 1;
                 await answer.text();
               }
               return seen;
             })();",
            Vec::new(),
        )
        .await?;
    ensure!(looked == 500, "{looked} of 500 pages");
    // Two tokens of one person, so that neither meets the limit of requests.
    for _ in 0..2 {
        let agent = Api::of(&server, &cast.email("agent_concurrent")?)?;
        for _ in 0..250 {
            agent.get("/api/v1/tickets/INC-1").await?;
        }
    }
    ensure!(manager.holders(&pool).await? == 0, "looking took a token");

    // One act takes one; the page's own signs of life keep it for longer than its time to live.
    browser.goto(&server.at("/desk/t/INC-1?q=open")).await?;
    browser.goto(&server.at("/desk/q/open")).await?;
    browser.click(Find::Css("#list [data-row]")).await?;
    browser.wait_for(Find::Css("#composer-body")).await?;
    browser.click(Find::Css("#composer label:has([value=note])")).await?;
    browser.type_into(Find::Css("#composer-body"), "I look into it.").await?;
    browser.click(Find::Css("#composer .if-note [value=send]")).await?;
    browser.wait_for(Find::Text("I look into it.")).await?;
    manager.until_held_by(&pool, 1).await?;
    let beats = browser
        .run(
            "const seat = document.querySelector('#seat');
             return (async () => {
               let kept = 0;
               for (let n = 0; n < 7; n += 1) {
                 await new Promise((next) => setTimeout(next, 2000));
                 const body = new URLSearchParams({ csrf: seat.dataset.csrf });
                 const answer = await fetch(seat.dataset.heartbeat, { method: 'POST', body });
                 if ((await answer.text()).includes('data-seat=\"token\"')) kept += 1;
               }
               return kept;
             })();",
            Vec::new(),
        )
        .await?;
    ensure!(beats == 7, "the open page kept its token through {beats} of 7 signs of life");

    browser.kill();
    manager.until_held_by(&pool, 0).await
}
