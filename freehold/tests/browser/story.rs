//! The story that Freehold is built around, from the employee's phone to the auditor's desk: an employee raises a ticket, a
//! technician with a seat of their own and others with tokens work it, the pool is full, somebody waits and is offered the
//! token that frees, and every act is in a log that verifies.

use std::process::Command;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use test_support::{Browser, Find, Scheme, Screen, Server};

pub(crate) const FREEHOLD: &str = env!("CARGO_BIN_EXE_freehold");

/// The people of the sample organisation, by role.
pub(crate) struct Cast(Vec<Value>);

impl Cast {
    pub(crate) fn of(server: &Server) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(server.data().join("demo.json"))?;
        let demo: Value = serde_json::from_str(&text)?;
        Ok(Self(demo["people"].as_array().context("demo.json lists people")?.clone()))
    }

    pub(crate) fn all(&self, role: &str) -> Vec<(String, String)> {
        let text = |person: &Value, field: &str| person[field].as_str().unwrap_or_default().to_owned();
        let of_role = self.0.iter().filter(|person| person["role"] == role);
        of_role.map(|person| (text(person, "name"), text(person, "sign_in_url"))).collect()
    }

    pub(crate) fn email(&self, role: &str) -> anyhow::Result<String> {
        let person = self.0.iter().find(|person| person["role"] == role);
        let email = person.and_then(|person| person["email"].as_str());
        email.map(str::to_owned).with_context(|| format!("nobody is {role}"))
    }

    pub(crate) fn link(&self, role: &str) -> anyhow::Result<String> {
        self.all(role).into_iter().next().map(|(_, link)| link).with_context(|| format!("nobody is {role}"))
    }
}

/// A small sample organisation, served.
pub(crate) fn demo() -> anyhow::Result<Server> {
    Server::of(FREEHOLD).arg("demo").arg("--small").start()
}

/// The path of the page, for links that lead back to it.
pub(crate) async fn path(browser: &Browser) -> anyhow::Result<String> {
    Ok(browser.address().await?.path().to_owned())
}

/// Sends what is in the composer to the requester, at once.
pub(crate) async fn send_reply(browser: &Browser) -> anyhow::Result<()> {
    browser.click(Find::Css("#composer .if-reply [value=send]")).await?;
    browser.click(Find::Css("[data-send-now]")).await
}

#[tokio::test]
async fn a_technician_raises_a_ticket_for_somebody_who_called() -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let desk = Browser::open(Screen::Phone, Scheme::Dark).await?;
    desk.goto(&cast.link("agent_exclusive")?).await?;
    desk.goto(&server.at("/desk/new")).await?;
    desk.type_into(Find::Css("[name=requester]"), "nobody@marlow.example").await?;
    desk.type_into(Find::Css("[name=subject]"), "The badge reader is dark").await?;
    desk.click(Find::Control("Raise the ticket")).await?;
    desk.wait_for(Find::Text("Nobody with this address is known; ask an administrator to add them.")).await?;
    // The browser itself notes that the form was refused; nothing else went wrong.
    let noted = desk.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("422")), "{noted:?}");
    desk.inspect("called-1-refused").await?;
    desk.type_into(Find::Css("[name=requester]"), &cast.email("requester")?).await?;
    desk.click(Find::Control("Raise the ticket")).await?;
    // The ticket that was raised, not an empty form again.
    desk.wait_for(Find::Css("#composer")).await?;
    ensure!(path(&desk).await?.starts_with("/desk/t/INC-"), "it is at {}", path(&desk).await?);
    desk.inspect("called-2-raised").await?;
    Ok(())
}

#[tokio::test]
async fn from_the_employees_phone_to_a_log_that_verifies() -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;

    // An employee, on a phone.
    let phone = Browser::open(Screen::Phone, Scheme::Light).await?;
    phone.goto(&cast.link("requester")?).await?;
    phone.goto(&server.at("/")).await?;
    phone.wait_for(Find::Text("What is in your way?")).await?;
    phone.goto(&server.at("/tickets/new")).await?;
    phone.type_into(Find::Css("[name=subject]"), "The badge printer at ward 4 jams").await?;
    phone
        .type_into(Find::Css("[name=description]"), "It eats every second badge since this morning.")
        .await?;
    phone.click(Find::Css("form [type=submit], form button.main")).await?;
    phone.wait_for(Find::Text("The badge printer at ward 4 jams")).await?;
    let own = path(&phone).await?;
    let number = own.rsplit('/').next().unwrap_or_default().to_owned();
    ensure!(number.starts_with("INC-"), "the employee sees their ticket at {own}");
    phone.inspect("story-1-employee").await?;

    // A technician with an exclusive seat.
    let desk = Browser::open(Screen::Desktop, Scheme::Light).await?;
    desk.goto(&cast.link("agent_exclusive")?).await?;
    desk.goto(&server.at("/desk/q/unassigned")).await?;
    desk.wait_for(Find::Text("Unassigned")).await?;
    let ticket = server.at(&format!("/desk/t/{number}?q=unassigned"));
    desk.goto(&ticket).await?;
    desk.click(Find::Control("Take it")).await?;
    desk.wait_gone(Find::Control("Take it")).await?;
    desk.type_into(Find::Css("#composer-body"), "We look at it now. Please use the printer at ward 5.")
        .await?;
    send_reply(&desk).await?;
    desk.wait_for(Find::Css("#timeline .card:nth-of-type(2)")).await?;
    desk.inspect("story-2-desk").await?;

    // The employee sees it without reloading.
    phone.wait_for(Find::Text("Please use the printer at ward 5.")).await?;
    phone.inspect("story-3-answered").await?;

    // Technicians with tokens, until the pool is full. They come and go in one browser; their leases stay.
    let concurrent = cast.all("agent_concurrent");
    let tokens = 10;
    ensure!(concurrent.len() > tokens, "more technicians than tokens: {}", concurrent.len());
    for (name, link) in &concurrent[..tokens] {
        desk.goto(link).await?;
        desk.goto(&ticket).await?;
        desk.click(Find::Css("#composer label:has([value=note])")).await?;
        desk.type_into(Find::Css("#composer-body"), &format!("{name} was here.")).await?;
        desk.click(Find::Css("#composer .if-note [value=send]")).await?;
        desk.wait_for(Find::Text(&format!("{name} was here."))).await?;
    }
    desk.inspect("story-4-full-pool").await?;

    // The next one waits, and what they typed is kept.
    let waiting = Browser::open(Screen::Phone, Scheme::Dark).await?;
    let (_, link) = &concurrent[tokens];
    waiting.goto(link).await?;
    waiting.goto(&ticket).await?;
    waiting.type_into(Find::Css("#composer-body"), "I bring a spare printer.").await?;
    // Who holds no seat is not held up: the verdict comes at once.
    waiting.click(Find::Css("#composer .if-reply [value=send]")).await?;
    waiting.wait_for(Find::Css("#verdict")).await?;
    ensure!(waiting.text(Find::Css("#verdict")).await?.contains("tokens are taken"));
    ensure!(waiting.text(Find::Css("#verdict .kept")).await?.contains("I bring a spare printer."));
    // The browser itself notes that the form was refused; nothing else went wrong.
    let noted = waiting.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("409")), "{noted:?}");
    waiting.inspect("story-5-waiting").await?;
    waiting.click(Find::Control("Keep writing")).await?;

    // A holder gives their token back, and the one who waits is offered it.
    desk.click(Find::Control("Give it back")).await?;
    desk.wait_gone(Find::Control("Give it back")).await?;
    waiting.goto(&ticket).await?;
    waiting.wait_for(Find::Css("#composer-body")).await?;
    let kept = waiting.run("return document.querySelector('#composer-body').value", Vec::new()).await?;
    ensure!(kept == "I bring a spare printer.", "the draft is there: {kept}");
    waiting
        .run("document.querySelector('#composer').scrollIntoView({ block: 'center' })", Vec::new())
        .await?;
    waiting.click(Find::Css("#composer .if-reply [value=send]")).await?;
    waiting.wait_for(Find::Text("I bring a spare printer.")).await?;
    waiting.wait_gone(Find::Css("#verdict")).await?;
    waiting.inspect("story-6-served").await?;

    // With a thumb it is given back from the drawer with the queues.
    waiting.goto(&server.at("/desk/q/open")).await?;
    waiting.click(Find::Css("[popovertarget=side]")).await?;
    waiting.wait_for(Find::Css("#seat .seat-back")).await?;
    waiting.inspect("story-6-holding").await?;
    waiting.click(Find::Css("#seat .seat-back")).await?;
    waiting.wait_gone(Find::Css("#seat .seat-back")).await?;

    // The licence manager sees who holds what; the auditor sees every act.
    let office = Browser::open(Screen::Desktop, Scheme::Dark).await?;
    office.goto(&cast.link("licence_manager")?).await?;
    office.goto(&server.at("/licences")).await?;
    office.wait_for(Find::Text("Technicians")).await?;
    office.inspect("story-7-licences").await?;
    office.goto(&cast.link("auditor")?).await?;
    office.goto(&server.at("/audit")).await?;
    office.wait_for(Find::Text("ticket.reply")).await?;
    office.inspect("story-8-audit").await?;

    let verified = Command::new(FREEHOLD).args(["audit", "verify", "--data"]).arg(server.data()).output()?;
    ensure!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    Ok(())
}
