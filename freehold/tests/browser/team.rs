//! Where the tickets stand of those whom one leads.

use anyhow::ensure;
use test_support::{Browser, Find, Scheme, Screen};

use crate::story::{Cast, demo};

async fn read_along(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let (anna, boss) = (Browser::open(screen, scheme).await?, Browser::open(screen, scheme).await?);
    anna.goto(&cast.link("requester")?).await?;
    anna.goto(&server.at("/tickets/new")).await?;
    anna.type_into(Find::Css("[name=subject]"), "The blind in room 4 does not close").await?;
    anna.click(Find::Control("Send")).await?;
    anna.wait_for(Find::Css("#timeline")).await?;
    anna.goto(&server.at("/tickets")).await?;
    ensure!(!anna.shows(Find::Text("Your team's")).await?, "who leads nobody is not offered it");

    boss.goto(&cast.link("finance")?).await?;
    boss.goto(&server.at("/tickets")).await?;
    boss.click(Find::Text("Your team's")).await?;
    boss.wait_for(Find::Text("The blind in room 4 does not close")).await?;
    boss.inspect("team-1-list").await?;
    boss.click(Find::Text("The blind in room 4 does not close")).await?;
    boss.wait_for(Find::Text("You read this because you lead")).await?;
    ensure!(!boss.shows(Find::Css("#composer")).await?, "nobody speaks for her");
    boss.inspect("team-2-ticket").await?;

    // An administrator says who leads whom.
    let admin = Browser::open(screen, scheme).await?;
    admin.goto(&cast.link("admin")?).await?;
    let address = cast.email("requester")?;
    admin.goto(&server.at(&format!("/admin/people?q={address}"))).await?;
    admin.click(Find::Css("main a[href^='/admin/people/0']")).await?;
    admin.wait_for(Find::Css("[name=manager]")).await?;
    admin.run("document.querySelector('[name=manager]').value = ''", vec![]).await?;
    admin.type_into(Find::Css("[name=manager]"), &address).await?;
    admin.click(Find::Control("Set the manager")).await?;
    admin.wait_for(Find::Text("Nobody leads themselves")).await?;
    let noted = admin.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("422")), "{noted:?}");
    admin.inspect("team-3-themselves").await?;
    Ok(())
}

#[tokio::test]
async fn a_manager_reads_along_on_a_desktop() -> anyhow::Result<()> {
    read_along(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn a_manager_reads_along_on_a_phone() -> anyhow::Result<()> {
    read_along(Screen::Phone, Scheme::Dark).await
}
