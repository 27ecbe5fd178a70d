//! Views: a filtered list is kept, stands in the sidebar, and is renamed and removed.

use anyhow::ensure;
use test_support::{Browser, Find, Scheme, Screen};

use crate::story::{Cast, demo};

const IN_THE_SIDEBAR: &str = "return [...document.querySelectorAll('.side .side-link')].some((link) => link.textContent.includes(arguments[0]))";

async fn kept(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let tim = Browser::open(screen, scheme).await?;
    tim.goto(&cast.link("agent_exclusive")?).await?;
    tim.goto(&server.at("/desk/q/all?assignee=none&sort=oldest")).await?;
    tim.click(Find::Css(".keep-view summary")).await?;
    tim.type_into(Find::Css(".keep-view [name=name]"), "Forgotten ones").await?;
    tim.choose(Find::Css(".keep-view [name=used_by]"), "Every technician").await?;
    tim.inspect("view-1-keep").await?;
    tim.click(Find::Control("Keep it")).await?;
    tim.wait_for(Find::Text("Kept as “Forgotten ones”.")).await?;
    let stands = tim.run(IN_THE_SIDEBAR, vec!["Forgotten ones".into()]).await?;
    ensure!(stands == true, "it stands in the sidebar");
    ensure!(tim.address().await?.as_str().ends_with("/desk/q/all?assignee=none&sort=oldest"));
    tim.inspect("view-2-kept").await?;

    // Another technician has it too, and it shows the same.
    let other = Browser::open(screen, scheme).await?;
    other.goto(&cast.link("agent_concurrent")?).await?;
    other.goto(&server.at("/desk/q/open")).await?;
    let stands = other.run(IN_THE_SIDEBAR, vec!["Forgotten ones".into()]).await?;
    ensure!(stands == true, "everybody has it");

    tim.goto(&server.at("/desk/views")).await?;
    tim.inspect("view-3-list").await?;
    tim.click(Find::Control("Rename or share")).await?;
    tim.wait_for(Find::Css("[name=name]")).await?;
    tim.run("document.querySelector('[name=name]').value = ''", vec![]).await?;
    tim.type_into(Find::Css("[name=name]"), "Nobody's").await?;
    tim.click(Find::Control("Keep the change")).await?;
    tim.wait_for(Find::Text("Nobody's")).await?;
    tim.click(Find::Control("Remove")).await?;
    tim.wait_gone(Find::Text("Nobody's")).await?;
    let stands = tim.run(IN_THE_SIDEBAR, vec!["Nobody's".into()]).await?;
    ensure!(stands == false, "it is gone from the sidebar");
    Ok(())
}

#[tokio::test]
async fn a_filtered_list_is_kept_and_come_back_to_on_a_desktop() -> anyhow::Result<()> {
    kept(Screen::Desktop, Scheme::Dark).await
}

#[tokio::test]
async fn a_filtered_list_is_kept_and_come_back_to_on_a_phone() -> anyhow::Result<()> {
    kept(Screen::Phone, Scheme::Light).await
}
