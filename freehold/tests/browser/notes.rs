//! What technicians keep on a ticket beside its conversation: a checklist that others see live, the time it took, and whom
//! they name.

use anyhow::{Context as _, ensure};
use serde_json::json;
use test_support::{Browser, Find, Key, Scheme, Screen, Server};

use crate::story::{Cast, demo, path, send_reply};

const COMPOSER: Find<'_> = Find::Css("#composer-body");
/// The key, as `WebDriver` types it in the middle of a text.
const ENTER: char = '\u{e007}';
const TYPED: &str = "return document.getElementById('composer-body').value";

async fn open(browser: &Browser, server: &Server, queue: &str) -> anyhow::Result<String> {
    browser.goto(&server.at(&format!("/desk/q/{queue}"))).await?;
    browser.click(Find::Css("#list [data-row]")).await?;
    browser.wait_for(COMPOSER).await?;
    path(browser).await
}

/// On a phone what is known of a ticket lies behind a button.
async fn details(browser: &Browser, screen: Screen) -> anyhow::Result<()> {
    if screen == Screen::Phone { browser.click(Find::Control("Details")).await } else { Ok(()) }
}

async fn shows(browser: &Browser, what: &str) -> anyhow::Result<String> {
    let script = "return document.querySelector(arguments[0])?.innerText ?? ''";
    Ok(browser.run(script, vec![what.into()]).await?.as_str().unwrap_or_default().to_owned())
}

async fn ticked_together(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let (tim, eva) = (Browser::open(screen, scheme).await?, Browser::open(screen, scheme).await?);
    tim.goto(&cast.link("agent_exclusive")?).await?;
    eva.goto(&cast.link("agent_concurrent")?).await?;
    let ticket = open(&tim, &server, "unassigned").await?;
    eva.goto(&server.at(&ticket)).await?;
    details(&eva, screen).await?;
    details(&tim, screen).await?;

    // By the keyboard: words, Enter, the next.
    for words in ["Order the part", "Fit it", "Call her"] {
        tim.type_into(Find::Css("#checklist-words"), &format!("{words}{ENTER}")).await?;
        tim.wait_for(Find::Text(words)).await?;
    }
    eva.wait_for(Find::Text("0 of 3 done")).await?;
    eva.click(Find::Text("Fit it")).await?;
    tim.wait_for(Find::Text("1 of 3 done")).await?;
    ensure!(shows(&tim, "#checklist .tick.done").await?.contains("Fit it"), "what Eva ticked is ticked here");
    tim.inspect("notes-1-checklist").await?;

    // What else can be done with an item is folded.
    tim.click(Find::Css("#checklist li:nth-child(3) summary")).await?;
    tim.inspect("notes-2-item").await?;
    tim.click(Find::Css("#checklist li:nth-child(3) [value=up]")).await?;
    tim.wait_for(Find::Css("#checklist li:nth-child(2) details[open] form")).await?;
    ensure!(shows(&tim, "#checklist li:nth-child(2) .tick").await?.contains("Call her"), "it moved up");
    tim.type_into(Find::Css("#checklist li:nth-child(2) [name=words]"), "Call Anna").await?;
    tim.click(Find::Css("#checklist li:nth-child(2) [value=rename]")).await?;
    eva.wait_for(Find::Text("Call Anna")).await?;
    tim.click(Find::Css("#checklist li:nth-child(1) summary")).await?;
    tim.click(Find::Css("#checklist li:nth-child(1) [value=remove]")).await?;
    tim.wait_for(Find::Text("1 of 2 done")).await?;
    eva.wait_for(Find::Text("1 of 2 done")).await?;

    // The time it took: what cannot be read says how it is written, and nothing typed is lost.
    tim.type_into(Find::Css("#time-new [name=spent]"), "soon").await?;
    tim.click(Find::Css("#time-button")).await?;
    tim.wait_for(Find::Text("such as 45, 1:30 or 1h 20m")).await?;
    let noted = tim.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("422")), "{noted:?}");
    if !tim.shows(Find::Css("#time-new [name=spent]")).await? {
        details(&tim, screen).await?;
    }
    tim.type_into(Find::Css("#time-new [name=spent]"), "1:20").await?;
    tim.click(Find::Css("#time-button")).await?;
    tim.wait_for(Find::Text("1h 20m")).await?;
    tim.click(Find::Css("#time summary")).await?;
    tim.inspect("notes-3-time").await?;
    tim.click(Find::Control("Take it back")).await?;
    tim.wait_for(Find::Text("taken back")).await?;

    tim.goto(&server.at("/desk/q/unassigned")).await?;
    tim.wait_for(Find::Css(".row-progress")).await?;
    let row = "return [...document.querySelectorAll('#list .row')].find((row) => row.querySelector('.row-number').textContent \
               === arguments[0])?.innerText ?? ''";
    let row = tim.run(row, vec![ticket.trim_start_matches("/desk/t/").into()]).await?;
    ensure!(row.as_str().is_some_and(|row| row.contains("1 of 2")), "the queue says how far it is: {row}");
    tim.inspect("notes-4-queue").await?;
    Ok(())
}

async fn named_and_told(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let (name, link) = cast.all("agent_concurrent").into_iter().next().context("a technician")?;
    let (tim, eva) = (Browser::open(screen, scheme).await?, Browser::open(screen, scheme).await?);
    tim.goto(&cast.link("agent_exclusive")?).await?;
    eva.goto(&link).await?;
    eva.goto(&server.at("/desk")).await?;
    // The sample has named her once.
    eva.wait_for(Find::Text("named you on")).await?;
    eva.click(Find::Control("Dismiss")).await?;
    eva.wait_gone(Find::Text("named you on")).await?;

    let ticket = open(&tim, &server, "unassigned").await?;
    let number = ticket.trim_start_matches("/desk/t/").to_owned();
    // In a reply only those are offered whom the requester sees already.
    tim.type_into(COMPOSER, "@").await?;
    tim.wait_for(Find::Css(".texts-picker[open]")).await?;
    tim.press("xyzzy").await?;
    tim.wait_for(Find::Text("A work note can name everybody")).await?;
    tim.inspect("notes-5-nobody").await?;
    tim.press(&Key::Escape).await?;
    tim.wait_gone(Find::Css(".texts-picker[open]")).await?;
    ensure!(tim.run(TYPED, vec![]).await? == "@xyzzy", "what was typed stays");

    tim.click(Find::Css("#composer label:has([value=note])")).await?;
    tim.type_into(COMPOSER, "Can you look, @").await?;
    tim.wait_for(Find::Css("#texts-list [role=option]")).await?;
    tim.press(&name.to_lowercase()).await?;
    tim.press(&Key::Enter).await?;
    tim.wait_gone(Find::Css(".texts-picker[open]")).await?;
    ensure!(
        tim.run(TYPED, vec![]).await? == format!("Can you look, @{name} "),
        "{:?}",
        tim.run(TYPED, vec![]).await?
    );
    // The ticket looked at last comes first.
    tim.press("#").await?;
    tim.wait_for(Find::Text(&number)).await?;
    tim.press(number.trim_start_matches(|c: char| !c.is_ascii_digit())).await?;
    tim.inspect("notes-6-tickets").await?;
    tim.press(&Key::Enter).await?;
    tim.wait_gone(Find::Css(".texts-picker[open]")).await?;
    tim.press("\n- [ ] Measure the desk\n- [ ] Bring a lamp").await?;
    tim.type_into(Find::Css("#composer [name=spent]"), "20m").await?;
    tim.click(Find::Css("#composer .if-note [value=send]")).await?;
    tim.wait_for(Find::Css("#timeline mark")).await?;
    ensure!(shows(&tim, "#timeline mark").await? == format!("@{name}"), "the name is marked");
    tim.wait_for(Find::Css(&format!("#timeline .note a[href='/desk/t/{number}']"))).await?;
    let spent = "return document.querySelector('#composer [name=spent]').value";
    ensure!(tim.run(spent, vec![]).await? == "", "the time is not sent again with the next note");
    tim.click(Find::Control("Make a checklist of this")).await?;
    tim.wait_gone(Find::Control("Make a checklist of this")).await?;
    tim.inspect("notes-7-note").await?;
    details(&tim, screen).await?;
    tim.wait_for(Find::Text("0 of 2 done")).await?;
    tim.wait_for(Find::Text("20m")).await?;

    // It is on her page without a reload, and gone once she has looked.
    eva.wait_for(Find::Text("named you on")).await?;
    eva.inspect("notes-8-named").await?;
    eva.click(Find::Control("Open it")).await?;
    eva.wait_for(Find::Css("#timeline mark")).await?;
    eva.goto(&server.at("/desk")).await?;
    eva.wait_for(Find::Text("What needs you now")).await?;
    ensure!(!eva.shows(Find::Text("named you on")).await?, "she has seen it");
    Ok(())
}

/// Has a technician raise a ticket for somebody; gives its number.
async fn raised(tim: &Browser, server: &Server, whose: &str, subject: &str) -> anyhow::Result<String> {
    tim.goto(&server.at("/desk/new")).await?;
    tim.type_into(Find::Css("[name=requester]"), whose).await?;
    tim.type_into(Find::Css("[name=subject]"), subject).await?;
    tim.click(Find::Control("Raise the ticket")).await?;
    tim.wait_for(COMPOSER).await?;
    Ok(path(tim).await?.trim_start_matches("/desk/t/").to_owned())
}

#[tokio::test]
async fn a_number_leads_a_requester_to_their_own_ticket_and_to_no_other() -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let tim = Browser::open(Screen::Desktop, Scheme::Light).await?;
    tim.goto(&cast.link("agent_exclusive")?).await?;
    let (hers, his) = (cast.email("requester")?, cast.email("finance")?);
    let own = raised(&tim, &server, &hers, "The badge reader is dark").await?;
    let other = raised(&tim, &server, &his, "The badge reader is gone").await?;
    let here = raised(&tim, &server, &hers, "The badge reader hums").await?;
    tim.type_into(COMPOSER, &format!("It belongs to {own}, as {other} does.")).await?;
    send_reply(&tim).await?;
    tim.wait_for(Find::Text("It belongs to")).await?;
    let led = "return [...document.querySelectorAll('#timeline .prose a')].map((link) => link.getAttribute('href'))";
    ensure!(tim.run(led, vec![]).await? == json!([format!("/desk/t/{own}"), format!("/desk/t/{other}")]));

    let anna = Browser::open(Screen::Phone, Scheme::Dark).await?;
    anna.goto(&cast.link("requester")?).await?;
    anna.goto(&server.at(&format!("/tickets/{here}"))).await?;
    anna.wait_for(Find::Text("It belongs to")).await?;
    ensure!(anna.run(led, vec![]).await? == json!([format!("/tickets/{own}")]), "hers alone");
    anna.inspect("notes-9-portal").await?;
    anna.click(Find::Control(&own)).await?;
    anna.wait_for(Find::Text("The badge reader is dark")).await?;
    Ok(())
}

#[tokio::test]
async fn a_checklist_is_ticked_together_on_a_desktop() -> anyhow::Result<()> {
    ticked_together(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn a_checklist_is_ticked_together_by_thumb_on_a_phone() -> anyhow::Result<()> {
    ticked_together(Screen::Phone, Scheme::Dark).await
}

#[tokio::test]
async fn whoever_is_named_is_told_on_a_desktop() -> anyhow::Result<()> {
    named_and_told(Screen::Desktop, Scheme::Dark).await
}

#[tokio::test]
async fn whoever_is_named_is_told_on_a_phone() -> anyhow::Result<()> {
    named_and_told(Screen::Phone, Scheme::Light).await
}
