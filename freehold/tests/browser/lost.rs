//! The server dies while somebody types: the page says so, and nothing that was typed is lost.

use anyhow::ensure;
use test_support::{Browser, Find, Scheme, Screen, Server};

use crate::story::{Cast, demo, send_reply};

const REPLY: &str = "The part is ordered and comes on Thursday.";
const SUBJECT: &str = "The scale on ward 2 shows nothing";
const DESCRIPTION: &str = "Since this morning, with new batteries too.";

const COMPOSER: Find<'_> = Find::Css("#composer-body");
const SEND_REPLY: Find<'_> = Find::Css("#composer .if-reply [value=send]");
const SEND_NOW: Find<'_> = Find::Css("[data-send-now]");
const SUBJECT_FIELD: Find<'_> = Find::Css("[name=subject]");
const DESCRIPTION_FIELD: Find<'_> = Find::Css("[name=description]");
const SEND_TICKET: Find<'_> = Find::Css("#raise button.main");

/// What a field holds.
async fn typed(browser: &Browser, selector: &str) -> anyhow::Result<String> {
    let value =
        browser.run("return document.querySelector(arguments[0]).value", vec![selector.into()]).await?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

/// The page says that the connection is lost, that the text is kept, and what presses on these buttons have done.
async fn says_so(browser: &Browser, send: &[Find<'_>], done: &str, name: &str) -> anyhow::Result<()> {
    browser.wait_for(Find::Text("No connection to the desk.")).await?;
    browser.wait_for(Find::Text("Your text is kept in this browser.")).await?;
    for button in send {
        browser.click(*button).await?;
    }
    browser.wait_for(Find::Text(done)).await?;
    // The browser notes by itself that it reaches nobody.
    let noted = browser.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("net::ERR_")), "{noted:?}");
    browser.screenshot(name).await?;
    Ok(())
}

/// The page finds the server again, and the text is there after a reload.
async fn comes_back(browser: &Browser) -> anyhow::Result<()> {
    browser.wait_gone(Find::Text("No connection to the desk.")).await?;
    browser.reload().await?;
    // What it could not load while nobody was there.
    browser.complaints().await?;
    Ok(())
}

async fn technician(server: &Server, screen: Screen, scheme: Scheme) -> anyhow::Result<Browser> {
    let desk = Browser::open(screen, scheme).await?;
    desk.goto(&Cast::of(server)?.link("agent_exclusive")?).await?;
    desk.goto(&server.at("/desk/q/open")).await?;
    desk.click(Find::Css("#list [data-row]")).await?;
    desk.wait_for(COMPOSER).await?;
    Ok(desk)
}

async fn requester(server: &Server, screen: Screen, scheme: Scheme) -> anyhow::Result<Browser> {
    let portal = Browser::open(screen, scheme).await?;
    portal.goto(&Cast::of(server)?.link("requester")?).await?;
    portal.goto(&server.at("/tickets/new")).await?;
    Ok(portal)
}

async fn a_killed_server_costs_no_word(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let mut server = demo()?;
    let desk = technician(&server, screen, scheme).await?;
    let portal = requester(&server, screen, scheme).await?;
    desk.type_into(COMPOSER, REPLY).await?;
    portal.type_into(SUBJECT_FIELD, SUBJECT).await?;
    portal.type_into(DESCRIPTION_FIELD, DESCRIPTION).await?;

    server.kill()?;
    says_so(&desk, &[SEND_REPLY, SEND_NOW], "send it again when the desk is back", "lost-desk").await?;
    says_so(&portal, &[SEND_TICKET], "It is sent as soon as you are online again.", "lost-portal").await?;
    ensure!(typed(&desk, "#composer-body").await? == REPLY, "the reply is still there");
    ensure!(portal.text(Find::Css("#outbox")).await?.contains(SUBJECT), "the ticket is there");

    server.start_again_in_place()?;
    comes_back(&desk).await?;
    ensure!(typed(&desk, "#composer-body").await? == REPLY, "the reply is there again");
    send_reply(&desk).await?;
    desk.wait_for(Find::Css("#timeline .card")).await?;
    desk.wait_for(Find::Text(REPLY)).await?;
    desk.inspect("lost-desk-back").await?;

    // Nobody has to send it again.
    portal.wait_gone(Find::Css("#outbox")).await?;
    portal.complaints().await?;
    portal.goto(&server.at("/tickets")).await?;
    portal.click(Find::Text(SUBJECT)).await?;
    portal.wait_for(Find::Text(DESCRIPTION)).await?;
    portal.inspect("lost-portal-back").await?;

    // What was sent is no draft any more.
    portal.goto(&server.at("/tickets/new")).await?;
    ensure!(typed(&portal, "[name=subject]").await?.is_empty(), "the next ticket begins empty");
    ensure!(typed(&portal, "[name=description]").await?.is_empty(), "the next ticket begins empty");
    Ok(())
}

#[tokio::test]
async fn a_killed_server_costs_no_word_on_a_desktop() -> anyhow::Result<()> {
    a_killed_server_costs_no_word(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn a_killed_server_costs_no_word_on_a_phone() -> anyhow::Result<()> {
    a_killed_server_costs_no_word(Screen::Phone, Scheme::Dark).await
}

#[tokio::test]
async fn a_form_that_is_refused_says_what_to_mend_and_keeps_what_was_typed() -> anyhow::Result<()> {
    let server = demo()?;
    for screen in Screen::ALL {
        let portal = requester(&server, screen, Scheme::Light).await?;
        portal.type_into(SUBJECT_FIELD, " ").await?;
        portal.type_into(DESCRIPTION_FIELD, DESCRIPTION).await?;
        portal.click(SEND_TICKET).await?;
        portal.wait_for(Find::Text("One thing needs mending")).await?;
        ensure!(!portal.shows(Find::Css(".toast")).await?, "nothing else is said");
        ensure!(typed(&portal, "[name=description]").await? == DESCRIPTION, "what was typed is still there");
        // The browser itself notes that the form was refused.
        let noted = portal.complaints().await?;
        ensure!(noted.iter().all(|line| line.contains("422")), "{noted:?}");
        portal.inspect("wrong-portal-subject").await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_step_that_is_refused_says_what_it_needs() -> anyhow::Result<()> {
    let server = demo()?;
    for screen in Screen::ALL {
        let desk = technician(&server, screen, Scheme::Light).await?;
        if screen == Screen::Phone {
            desk.click(Find::Control("Details")).await?;
        }
        desk.choose(Find::Css("#context [name=to]"), "Ask requester").await?;
        desk.click(Find::Control("Move")).await?;
        // Not behind the sheet with the button, where nobody would see it.
        desk.wait_for(Find::Css("#sheet .notice:focus")).await?;
        if screen == Screen::Phone {
            desk.wait_gone(Find::Control("Move")).await?;
        }
        ensure!(!desk.shows(Find::Css(".toast")).await?, "nothing else is said");
        let noted = desk.complaints().await?;
        ensure!(noted.iter().all(|line| line.contains("status of 4")), "{noted:?}");
        desk.inspect("wrong-desk-step").await?;
    }
    Ok(())
}
