//! A reply that was sent can be taken back for some seconds, and whatever happens to the page, it goes out once.

use anyhow::{Context, ensure};
use test_support::{Browser, Find, Scheme, Screen, Server};

use crate::story::{Cast, demo, path};

const COMPOSER: Find<'_> = Find::Css("#composer-body");
const UNDO: Find<'_> = Find::Css("[data-undo]");

/// How often the conversation says it.
async fn said(browser: &Browser, words: &str) -> anyhow::Result<u64> {
    let script = "return [...document.querySelectorAll('#timeline .card')].filter((c) => c.textContent.includes(arguments[0])).length";
    browser.run(script, vec![words.into()]).await?.as_u64().context("a count")
}

async fn typed(browser: &Browser) -> anyhow::Result<String> {
    let value = browser.run("return document.getElementById('composer-body').value", vec![]).await?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

/// A technician at the first of all open tickets, and its address.
async fn at_the_first(server: &Server, screen: Screen, scheme: Scheme) -> anyhow::Result<(Browser, String)> {
    let tim = Browser::open(screen, scheme).await?;
    tim.goto(&Cast::of(server)?.link("agent_exclusive")?).await?;
    tim.goto(&server.at("/desk/q/open")).await?;
    tim.click(Find::Css("#list [data-row]")).await?;
    tim.wait_for(COMPOSER).await?;
    let first = path(&tim).await?;
    Ok((tim, first))
}

async fn taken_back(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let (tim, first) = at_the_first(&server, screen, scheme).await?;

    let words = "Sorry, that was meant for somebody else.";
    tim.type_into(COMPOSER, words).await?;
    tim.click(Find::Css("#composer .if-reply [value=send]")).await?;
    tim.wait_for(UNDO).await?;
    tim.inspect("hold-1-waits").await?;
    ensure!(said(&tim, words).await? == 0, "it has not gone out");
    tim.press("z").await?;
    tim.wait_gone(UNDO).await?;
    ensure!(typed(&tim).await? == words, "what was taken back is there to be mended");
    tim.reload().await?;
    ensure!(said(&tim, words).await? == 0, "it never went out");
    ensure!(typed(&tim).await? == words, "and is still there");

    // A page that goes away does not take the reply with it, nor send it twice.
    tim.click(Find::Css("#composer .if-reply [value=send]")).await?;
    tim.wait_for(UNDO).await?;
    tim.reload().await?;
    tim.wait_for(Find::Text("Sent to")).await?;
    tim.reload().await?;
    ensure!(said(&tim, words).await? == 1, "it is there once");
    ensure!(typed(&tim).await?.is_empty(), "what was sent is no draft");
    ensure!(path(&tim).await? == first, "all of that was on one ticket");
    Ok(())
}

async fn on_to_the_next(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let (tim, first) = at_the_first(&server, screen, scheme).await?;
    tim.wait_for(Find::Text("1 of ")).await?;
    tim.press("]").await?;
    tim.wait_for(Find::Text("2 of ")).await?;
    let second = path(&tim).await?;
    ensure!(first != second, "another ticket is open: {second}");
    tim.press("[").await?;
    tim.wait_for(Find::Text("1 of ")).await?;
    ensure!(path(&tim).await? == first, "and the one before again");

    // What is typed for one is not carried to another.
    let words = "The new cable is on your desk.";
    tim.type_into(COMPOSER, words).await?;
    // Where there is no room for the list, its place is said on the ticket.
    let next = if screen == Screen::Phone { "#ticket [data-next]" } else { "#list [data-next]" };
    tim.click(Find::Css(next)).await?;
    tim.wait_for(Find::Text("2 of ")).await?;
    ensure!(typed(&tim).await?.is_empty(), "the next composer is empty: {}", typed(&tim).await?);
    tim.back().await?;
    tim.wait_for(Find::Text("1 of ")).await?;
    ensure!(typed(&tim).await? == words, "the draft is where it was: {}", typed(&tim).await?);

    tim.click(Find::Css(".advance")).await?;
    tim.click(Find::Css("#composer .if-reply [value=send]")).await?;
    tim.wait_for(Find::Text("2 of ")).await?;
    ensure!(path(&tim).await? == second, "the next one is open");
    tim.inspect("hold-2-next").await?;
    tim.click(UNDO).await?;
    tim.wait_for_path(&first).await?;
    tim.wait_for(COMPOSER).await?;
    ensure!(typed(&tim).await? == words, "taken back, it is there to be mended: {}", typed(&tim).await?);
    ensure!(said(&tim, words).await? == 0, "it has not gone out");

    // That one goes on is remembered.
    tim.click(Find::Css("#composer .if-reply [value=send]")).await?;
    tim.wait_for_path(&second).await?;
    tim.click(Find::Css("[data-send-now]")).await?;
    tim.wait_for(Find::Text("Sent to")).await?;
    tim.goto(&server.at(&first)).await?;
    ensure!(said(&tim, words).await? == 1, "it is there once");
    ensure!(typed(&tim).await?.is_empty(), "what was sent is no draft");
    Ok(())
}

#[tokio::test]
async fn a_reply_is_taken_back_on_a_desktop() -> anyhow::Result<()> {
    taken_back(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn a_reply_is_taken_back_on_a_phone() -> anyhow::Result<()> {
    taken_back(Screen::Phone, Scheme::Dark).await
}

#[tokio::test]
async fn the_next_ticket_opens_on_a_desktop() -> anyhow::Result<()> {
    on_to_the_next(Screen::Desktop, Scheme::Dark).await
}

#[tokio::test]
async fn the_next_ticket_opens_on_a_phone() -> anyhow::Result<()> {
    on_to_the_next(Screen::Phone, Scheme::Light).await
}
