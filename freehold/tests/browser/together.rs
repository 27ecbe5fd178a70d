//! Several at one ticket: each sees the others there, writing, and what changes; what is typed is kept by the desk, for
//! another browser and through the death of the server.

use anyhow::ensure;
use test_support::{Browser, Find, Scheme, Screen, Server};

use crate::story::{Cast, demo, send_reply};

const COMPOSER: Find<'_> = Find::Css("#composer-body");
const WORDS: &str = "The new part is here; I come by at two.";

async fn technician(
    server: &Server,
    role: &str,
    ticket: Option<&str>,
    screen: Screen,
    scheme: Scheme,
) -> anyhow::Result<Browser> {
    let browser = Browser::open(screen, scheme).await?;
    browser.goto(&Cast::of(server)?.link(role)?).await?;
    if let Some(ticket) = ticket {
        browser.goto(&server.at(ticket)).await?;
    } else {
        browser.goto(&server.at("/desk/q/open")).await?;
        browser.click(Find::Css("#list [data-row]")).await?;
    }
    browser.wait_for(COMPOSER).await?;
    Ok(browser)
}

async fn typed(browser: &Browser) -> anyhow::Result<String> {
    let value = browser.run("return document.getElementById('composer-body').value", vec![]).await?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

async fn two_at_one_ticket(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let mut server = demo()?;
    let tim = technician(&server, "agent_exclusive", None, screen, scheme).await?;
    let ticket = tim.address().await?.path().to_owned();
    let eva = technician(&server, "agent_concurrent", Some(&ticket), screen, scheme).await?;
    // Each is told that the other came, without a reload; on a phone there is no room for the words.
    tim.wait_for(Find::Text("here too")).await?;
    eva.wait_for(Find::Text("here too")).await?;

    tim.type_into(COMPOSER, WORDS).await?;
    eva.wait_for(Find::Text("is writing here now.")).await?;
    tim.wait_for(Find::Text("Draft saved at the desk")).await?;
    eva.wait_for(Find::Text("has begun a reply and not sent it")).await?;
    eva.click(Find::Css("#being-written summary")).await?;
    eva.wait_for(Find::Text(WORDS)).await?;
    eva.inspect("together-writing").await?;

    // The server dies; nobody loses a word, in whichever browser.
    server.kill()?;
    server.start_again_in_place()?;
    let elsewhere = technician(&server, "agent_exclusive", Some(&ticket), screen, scheme).await?;
    ensure!(typed(&elsewhere).await? == WORDS, "the desk has kept what was typed");
    elsewhere.wait_for(Find::Text("Your draft is back")).await?;
    elsewhere.inspect("together-draft").await?;

    // What is sent is nobody's draft any more, here and there.
    send_reply(&elsewhere).await?;
    elsewhere.wait_for(Find::Css("#timeline .card")).await?;
    eva.wait_gone(Find::Css("#being-written details")).await?;
    eva.wait_for(Find::Css("#timeline")).await?;
    ensure!(typed(&elsewhere).await?.is_empty(), "the composer is empty after the sending");
    elsewhere.reload().await?;
    elsewhere.wait_for(COMPOSER).await?;
    ensure!(typed(&elsewhere).await?.is_empty(), "and after a reload");
    tim.complaints().await?;
    tim.reload().await?;
    tim.wait_for(COMPOSER).await?;
    ensure!(typed(&tim).await?.is_empty(), "an older copy in another browser gives way");
    Ok(())
}

#[tokio::test]
async fn two_at_one_ticket_see_each_other_and_lose_no_word_on_a_desktop() -> anyhow::Result<()> {
    two_at_one_ticket(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn two_at_one_ticket_see_each_other_and_lose_no_word_on_a_phone() -> anyhow::Result<()> {
    two_at_one_ticket(Screen::Phone, Scheme::Dark).await
}
