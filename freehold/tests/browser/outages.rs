//! A known outage: announced once, said to hit one in one tap, told how it stands, and told when it is over.

use anyhow::ensure;
use test_support::{Browser, Find, Scheme, Screen};

use crate::story::{Cast, demo, path};

const TITLE: &str = "The canteen tills take no cards";

async fn told(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let (tim, anna) = (Browser::open(screen, scheme).await?, Browser::open(screen, scheme).await?);
    anna.goto(&cast.link("requester")?).await?;
    // Any page of hers will do.
    anna.goto(&server.at("/tickets")).await?;

    tim.goto(&cast.link("agent_exclusive")?).await?;
    tim.goto(&server.at("/tickets/new")).await?;
    tim.type_into(Find::Css("[name=subject]"), "Tills at the canteen").await?;
    tim.click(Find::Control("Send")).await?;
    tim.wait_for(Find::Css("#timeline")).await?;
    let number =
        path(&tim).await?.trim_start_matches("/tickets/").split('?').next().unwrap_or_default().to_owned();
    let announce = server.at(&format!("/desk/t/{number}/outage"));
    tim.goto(&announce).await?;
    let begun = tim.run("return document.querySelector('[name=title]').value", vec![]).await?;
    ensure!(begun == "Tills at the canteen", "it begins with the words of the incident: {begun}");
    tim.run("document.querySelector('[name=title]').value = ''", vec![]).await?;
    tim.type_into(Find::Css("[name=title]"), TITLE).await?;
    tim.type_into(Find::Css("[name=news]"), "Please pay in cash.").await?;
    tim.run("document.querySelector('[name=expected_end]').value = '2020-01-01T10:00'", vec![]).await?;
    tim.click(Find::Control("Tell everybody")).await?;
    tim.wait_for(Find::Text("That moment has passed")).await?;
    let noted = tim.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("422")), "{noted:?}");
    let kept = tim.run("return document.querySelector('[name=news]').value", vec![]).await?;
    ensure!(kept == "Please pay in cash.", "nothing that was typed is lost: {kept}");
    tim.inspect("outage-1-refused").await?;
    tim.run("document.querySelector('[name=expected_end]').value = ''", vec![]).await?;
    tim.click(Find::Control("Tell everybody")).await?;
    tim.wait_for(Find::Css("#timeline")).await?;

    // It is on her page without a reload, whichever it is.
    anna.wait_for(Find::Text(TITLE)).await?;
    anna.inspect("outage-2-banner").await?;
    anna.click(Find::Css("#outages .notice:first-of-type .button")).await?;
    anna.wait_for(Find::Text("You hear when it is over")).await?;
    ensure!(path(&anna).await? == "/tickets", "she stays where she was");
    let focus = anna.run("return document.activeElement.textContent", vec![]).await?;
    ensure!(focus == "Not me after all", "the focus stays on the button: {focus}");
    anna.inspect("outage-3-me-too").await?;
    tim.goto(&server.at(&format!("/desk/t/{number}"))).await?;
    let counted = tim.run("return document.getElementById('context').textContent", vec![]).await?;
    ensure!(
        counted.as_str().is_some_and(|text| text.contains("1 person said that it hits them.")),
        "{counted}"
    );
    tim.inspect("outage-4-ticket").await?;

    // She finds it by what it is about, and reads all that was told.
    anna.goto(&server.at("/?q=canteen%20till")).await?;
    anna.click(Find::Css("#answers a[href^='/outages/']")).await?;
    anna.wait_for(Find::Text("What we know")).await?;
    anna.inspect("outage-5-page").await?;
    let eva = Browser::open(screen, scheme).await?;
    eva.goto(&cast.link("agent_exclusive")?).await?;
    eva.goto(&announce).await?;
    tim.goto(&announce).await?;
    tim.type_into(Find::Css("[name=news]"), "A technician is on the way.").await?;
    tim.inspect("outage-6-stands").await?;
    tim.click(Find::Control("Tell everybody how it stands")).await?;
    tim.wait_for(Find::Css("#timeline")).await?;
    anna.wait_for(Find::Text("A technician is on the way.")).await?;
    // Whoever had the form open before is told so, keeps what they wrote, and ends nothing unawares.
    eva.type_into(Find::Css("[name=news]"), "Nobody knows.").await?;
    eva.click(Find::Control("It is over")).await?;
    eva.wait_for(Find::Text("Somebody told everybody how it stands since you opened this page.")).await?;
    let noted = eva.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("409")), "{noted:?}");
    let kept = eva.run("return document.querySelector('[name=news]').value", vec![]).await?;
    ensure!(kept == "Nobody knows.", "{kept}");
    eva.wait_for(Find::Text("A technician is on the way.")).await?;
    eva.inspect("outage-9-stale").await?;
    tim.goto(&announce).await?;
    tim.type_into(Find::Css("[name=news]"), "Cards are taken again.").await?;
    tim.click(Find::Control("It is over")).await?;
    tim.wait_for(Find::Css("#timeline")).await?;

    anna.wait_for(Find::Text("It is over")).await?;
    anna.goto(&server.at("/")).await?;
    anna.wait_for(Find::Text("is over.")).await?;
    anna.inspect("outage-7-over").await?;
    anna.click(Find::Text("Still happens to me")).await?;
    anna.wait_for(Find::Css("#raise")).await?;
    let begun = anna.run("return document.querySelector('[name=subject]').value", vec![]).await?;
    ensure!(begun == format!("Still: {TITLE}"), "{begun}");
    anna.goto(&server.at("/")).await?;
    anna.click(Find::Control("I know")).await?;
    anna.wait_gone(Find::Text(TITLE)).await?;
    anna.goto(&server.at("/outages")).await?;
    anna.wait_for(Find::Text(TITLE)).await?;
    anna.inspect("outage-8-list").await?;
    Ok(())
}

#[tokio::test]
async fn an_outage_is_told_once_and_joined_in_one_tap_on_a_desktop() -> anyhow::Result<()> {
    told(Screen::Desktop, Scheme::Dark).await
}

#[tokio::test]
async fn an_outage_is_told_once_and_joined_in_one_tap_on_a_phone() -> anyhow::Result<()> {
    told(Screen::Phone, Scheme::Light).await
}
