//! What is raised again and again: from a template, and by the calendar.

use anyhow::ensure;
use test_support::{Browser, Find, Scheme, Screen};

use crate::story::{Cast, demo, path};

async fn again(screen: Screen, scheme: Scheme, name: &str) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let tim = Browser::open(screen, scheme).await?;
    tim.goto(&cast.link("agent_exclusive")?).await?;
    tim.goto(&server.at("/desk/templates")).await?;
    tim.run("document.querySelector('#kept form').noValidate = true", vec![]).await?;
    tim.type_into(Find::Css("#kept [name=name]"), "Loan laptop").await?;
    tim.click(Find::Control("Keep it")).await?;
    tim.wait_for(Find::Css("#errors")).await?;
    let noted = tim.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("422")), "{noted:?}");
    tim.inspect(&format!("templates-1-refused-{name}")).await?;
    tim.type_into(Find::Css("#kept [name=subject]"), "A laptop on loan").await?;
    tim.choose(Find::Css("#kept [name=urgency]"), "high").await?;
    tim.click(Find::Control("Keep it")).await?;
    tim.wait_for(Find::Text("Loan laptop")).await?;
    tim.click(Find::Text("Loan laptop")).await?;
    tim.inspect(&format!("templates-2-kept-{name}")).await?;
    tim.click(Find::Control("Raise a ticket with it")).await?;
    tim.wait_for(Find::Control("Raise the ticket")).await?;
    tim.inspect(&format!("templates-3-raise-{name}")).await?;
    tim.type_into(Find::Css("[name=requester]"), &cast.email("requester")?).await?;
    tim.click(Find::Control("Raise the ticket")).await?;
    tim.wait_for(Find::Css("#timeline")).await?;
    ensure!(path(&tim).await?.starts_with("/desk/t/"), "raised at {}", path(&tim).await?);
    ensure!(tim.text(Find::Css("#ticket")).await?.contains("A laptop on loan"));

    // The same, by the calendar.
    tim.goto(&server.at("/desk/templates")).await?;
    tim.click(Find::Text("Loan laptop")).await?;
    tim.click(Find::Control("Have it come back")).await?;
    tim.wait_for(Find::Control("Have it come back")).await?;
    tim.click(Find::Css("#new [name=mo]")).await?;
    tim.click(Find::Css("#new [name=th]")).await?;
    tim.run("document.querySelector('#new [name=from]').value = '2199-12-02'", vec![]).await?;
    tim.inspect(&format!("templates-4-calendar-{name}")).await?;
    tim.click(Find::Control("Have it come back")).await?;
    tim.wait_for(Find::Text("every week on Monday and Thursday at 08:00")).await?;
    tim.click(Find::Text("every week on Monday and Thursday at 08:00")).await?;
    tim.wait_for(Find::Text("Monday, 2 December 2199")).await?;
    tim.inspect(&format!("templates-5-recurring-{name}")).await?;
    tim.click(Find::Control("Stop it")).await?;
    tim.wait_for(Find::Text("Somebody stopped it.")).await?;
    tim.inspect(&format!("templates-6-stopped-{name}")).await?;
    tim.click(Find::Control("Let it go on")).await?;
    tim.wait_gone(Find::Text("Somebody stopped it.")).await?;
    Ok(())
}

#[tokio::test]
async fn tickets_begin_with_a_template_and_come_back_on_a_desktop() -> anyhow::Result<()> {
    again(Screen::Desktop, Scheme::Light, "desktop").await
}

#[tokio::test]
async fn tickets_begin_with_a_template_and_come_back_on_a_phone() -> anyhow::Result<()> {
    again(Screen::Phone, Scheme::Dark, "phone").await
}
