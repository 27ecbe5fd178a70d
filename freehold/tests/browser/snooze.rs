//! Putting a ticket off: by one key and Enter, or by thumb; it is below one's queue, and taken up again.

use anyhow::ensure;
use test_support::{Browser, Find, Key, Scheme, Screen};

use crate::story::{Cast, demo, path};

const ROWS: &str = "return [...document.querySelectorAll('#list [data-row]')].map((row) => row.textContent)";

async fn put_off(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let tim = Browser::open(screen, scheme).await?;
    tim.goto(&cast.link("agent_exclusive")?).await?;
    tim.goto(&server.at("/desk/q/mine")).await?;
    let before: Vec<String> = serde_json::from_value(tim.run(ROWS, vec![]).await?)?;
    tim.click(Find::Css("#list [data-row]")).await?;
    tim.wait_for(Find::Css("#timeline")).await?;
    if screen == Screen::Desktop {
        tim.press("h").await?;
        tim.wait_for(Find::Css("#palette[open]")).await?;
        tim.inspect("snooze-1-palette").await?;
        tim.press("tom").await?;
        tim.press(&Key::Enter).await?;
    } else {
        tim.click(Find::Control("Details")).await?;
        tim.click(Find::Control("Tomorrow morning")).await?;
    }
    tim.wait_for_path("/desk/q/mine").await?;
    tim.wait_for(Find::Css(".snoozed summary")).await?;
    let after: Vec<String> = serde_json::from_value(tim.run(ROWS, vec![]).await?)?;
    ensure!(after.len() + 1 == before.len(), "{before:?} {after:?}");
    tim.click(Find::Css(".snoozed summary")).await?;
    tim.inspect("snooze-2-queue").await?;
    tim.click(Find::Css(".snoozed a")).await?;
    tim.wait_for(Find::Css("#timeline")).await?;
    if screen == Screen::Phone {
        tim.click(Find::Control("Details")).await?;
    }
    tim.wait_for(Find::Control("Take it up again")).await?;
    tim.inspect("snooze-3-ticket").await?;
    tim.click(Find::Control("Take it up again")).await?;
    tim.wait_gone(Find::Control("Take it up again")).await?;
    ensure!(path(&tim).await?.starts_with("/desk/t/"), "it stays open");
    tim.goto(&server.at("/desk/q/mine")).await?;
    let again: Vec<String> = serde_json::from_value(tim.run(ROWS, vec![]).await?)?;
    ensure!(again == before, "{again:?}");
    Ok(())
}

#[tokio::test]
async fn a_ticket_is_put_off_by_two_keys_on_a_desktop() -> anyhow::Result<()> {
    put_off(Screen::Desktop, Scheme::Dark).await
}

#[tokio::test]
async fn a_ticket_is_put_off_by_thumb_on_a_phone() -> anyhow::Result<()> {
    put_off(Screen::Phone, Scheme::Light).await
}
