//! An approval: asked at the desk, said on top of the pages of whoever is asked, answered in two taps, and on record.

use anyhow::ensure;
use test_support::{Browser, Find, Scheme, Screen};

use crate::story::{Cast, demo, path};

async fn asked_and_answered(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let (tim, cfo) = (Browser::open(screen, scheme).await?, Browser::open(screen, scheme).await?);

    // What waits in the sample organisation is answered in two taps.
    cfo.goto(&cast.link("finance")?).await?;
    cfo.goto(&server.at("/")).await?;
    cfo.wait_for(Find::Text("Somebody waits for your approval.")).await?;
    cfo.inspect("approval-1-home").await?;
    cfo.click(Find::Control("Look at it")).await?;
    cfo.wait_for(Find::Text("27 inches")).await?;
    cfo.inspect("approval-2-list").await?;
    cfo.click(Find::Control("Approve")).await?;
    cfo.wait_for(Find::Text("Nothing waits for you")).await?;
    cfo.wait_for(Find::Text("You approved it.")).await?;
    cfo.goto(&server.at("/tickets")).await?;
    ensure!(!cfo.shows(Find::Text("waits for your approval")).await?, "nothing is left to do");

    // A technician asks for another one; what they typed is kept when a name fits nobody.
    tim.goto(&cast.link("agent_exclusive")?).await?;
    tim.goto(&server.at("/desk/q/unassigned")).await?;
    tim.click(Find::Css("#list [data-row]")).await?;
    tim.wait_for(Find::Css("#timeline")).await?;
    let number = path(&tim).await?.trim_start_matches("/desk/t/").to_owned();
    let ask = server.at(&format!("/desk/t/{number}/approval"));
    tim.goto(&ask).await?;
    tim.type_into(Find::Css("[name=people]"), "Nobody of this name").await?;
    tim.type_into(Find::Css("[name=question]"), "A courier to the other house, 60 EUR.").await?;
    tim.click(Find::Control("Ask them")).await?;
    tim.wait_for(Find::Text("write their e-mail address")).await?;
    let noted = tim.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("422")), "{noted:?}");
    let kept = tim.run("return document.querySelector('[name=question]').value", vec![]).await?;
    ensure!(kept == "A courier to the other house, 60 EUR.", "nothing that was typed is lost: {kept}");
    tim.inspect("approval-3-refused").await?;
    tim.run("document.querySelector('[name=people]').value = ''", vec![]).await?;
    tim.type_into(Find::Css("[name=people]"), &cast.email("finance")?).await?;
    tim.click(Find::Control("Ask them")).await?;
    tim.wait_for_path(&format!("/desk/t/{number}")).await?;
    tim.wait_for(Find::Css("#ticket-head .state.waiting")).await?;
    tim.inspect("approval-4-waits").await?;

    // It is on the page of whoever is asked without a reload. A no says why.
    cfo.wait_for(Find::Text("Somebody waits for your approval.")).await?;
    cfo.goto(&server.at("/approvals")).await?;
    cfo.click(Find::Text("Look closer, or decline")).await?;
    cfo.wait_for(Find::Text("Who is asked")).await?;
    cfo.click(Find::Control("Decline")).await?;
    cfo.wait_for(Find::Text("Say why not")).await?;
    let noted = cfo.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("422")), "{noted:?}");
    cfo.inspect("approval-5-closer").await?;
    cfo.type_into(Find::Css("[name=words]"), "The internal post goes twice a day.").await?;
    cfo.click(Find::Control("Decline")).await?;
    cfo.wait_for(Find::Text("You declined it.")).await?;

    // The technician reads it, and the ticket goes on.
    tim.wait_gone(Find::Css("#ticket-head .state.waiting")).await?;
    // On a phone the details are folded away.
    if screen == Screen::Desktop {
        tim.wait_for(Find::Css("#approval .chip.bad")).await?;
    }
    let timeline = tim.run("return document.getElementById('timeline').textContent", vec![]).await?;
    ensure!(
        timeline.as_str().is_some_and(|text| text.contains("The internal post goes twice a day.")),
        "{timeline}"
    );
    tim.inspect("approval-6-declined").await?;
    Ok(())
}

#[tokio::test]
async fn an_approval_is_asked_for_and_answered_on_a_desktop() -> anyhow::Result<()> {
    asked_and_answered(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn an_approval_is_asked_for_and_answered_by_thumb_on_a_phone() -> anyhow::Result<()> {
    asked_and_answered(Screen::Phone, Scheme::Dark).await
}
