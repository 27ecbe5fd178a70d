//! How somebody was helped: said in one tap, with more words for those who have them.

use anyhow::ensure;
use test_support::{Browser, Find, Scheme, Screen};

use crate::story::{Cast, demo, path};

async fn rated(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let anna = Browser::open(screen, scheme).await?;
    anna.goto(&cast.link("requester")?).await?;
    anna.goto(&server.at("/tickets")).await?;
    let over = "return [...document.querySelectorAll('.ticket-card')].find((card) => card.textContent.includes('It is closed.')).href";
    let over = anna.run(over, vec![]).await?;
    anna.goto(over.as_str().unwrap_or_default()).await?;
    let at = path(&anna).await?;
    anna.inspect("rating-1-asked").await?;
    anna.click(Find::Control("Not good")).await?;
    anna.wait_for(Find::Text("You said how it went")).await?;
    ensure!(path(&anna).await? == at, "it is one tap, on the spot");
    let focus = anna.run("return document.activeElement.id", vec![]).await?;
    ensure!(focus == "rate-poor", "the focus stays on what was pressed: {focus}");
    anna.type_into(Find::Css("#rating-words"), "It took a week.").await?;
    anna.inspect("rating-2-poor").await?;
    anna.click(Find::Css("#rating details .button")).await?;
    anna.wait_for(Find::Text("The technicians read it.")).await?;
    // One may think again; what was written stays.
    anna.click(Find::Control("So-so")).await?;
    anna.wait_for(Find::Css("#rate-fair[aria-pressed=true]")).await?;
    let tim = Browser::open(screen, scheme).await?;
    tim.goto(&cast.link("agent_exclusive")?).await?;
    tim.goto(&server.at(&at.replace("/tickets/", "/desk/t/"))).await?;
    let read = tim.run("return document.getElementById('context').textContent", vec![]).await?;
    let read = read.as_str().unwrap_or_default();
    ensure!(read.contains("So-so") && read.contains("It took a week."), "{read}");
    tim.inspect("rating-3-read").await?;
    Ok(())
}

#[tokio::test]
async fn how_one_was_helped_is_said_in_one_tap_on_a_desktop() -> anyhow::Result<()> {
    rated(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn how_one_was_helped_is_said_in_one_tap_on_a_phone() -> anyhow::Result<()> {
    rated(Screen::Phone, Scheme::Dark).await
}
