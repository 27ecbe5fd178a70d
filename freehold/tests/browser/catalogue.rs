//! The catalogue: found by a search, requested in one form, approved by who leads the requester; kept by an administrator.
//! And what somebody works with, and a photo of it.

use anyhow::{Context as _, ensure};
use serde_json::Value;
use test_support::{Browser, Find, Scheme, Screen};

use crate::story::{Cast, demo, path};

async fn text(browser: &Browser, id: &str) -> anyhow::Result<String> {
    let text =
        browser.run("return document.getElementById(arguments[0]).textContent", vec![id.into()]).await?;
    text.as_str().map(str::to_owned).with_context(|| format!("{id} has no text"))
}

async fn requested(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let (anna, boss) = (Browser::open(screen, scheme).await?, Browser::open(screen, scheme).await?);

    // The one search box finds it, in other words than its own.
    anna.goto(&cast.link("requester")?).await?;
    anna.goto(&server.at("/?q=laptop")).await?;
    anna.wait_for(Find::Text("A notebook")).await?;
    anna.inspect("catalogue-1-found").await?;
    anna.click(Find::Text("A notebook")).await?;
    anna.wait_for(Find::Control("Request it")).await?;
    anna.choose(Find::Field("Which one?"), "14 inch, standard").await?;
    anna.choose(Find::Field("Does it replace an old one?"), "Yes").await?;
    anna.type_into(Find::Css("[name^=q][name$='-1']"), "nobody@elsewhere.example").await?;
    anna.type_into(Find::Css("[name=more]"), "The old one does not charge.").await?;
    anna.click(Find::Control("Request it")).await?;
    anna.wait_for(Find::Text("Nobody here has this address")).await?;
    let noted = anna.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("422")), "{noted:?}");
    anna.inspect("catalogue-2-refused").await?;
    let kept =
        anna.run("return [...new FormData(document.getElementById('request')).values()].join()", vec![]);
    let kept = kept.await?;
    let kept = kept.as_str().unwrap_or_default();
    ensure!(
        kept.contains("14 inch, standard") && kept.contains("does not charge"),
        "nothing is lost: {kept}"
    );
    anna.type_into(Find::Css("[name^=q][name$='-1']"), &cast.email("finance")?).await?;
    anna.click(Find::Control("Request it")).await?;
    anna.wait_for(Find::Text("Requested.")).await?;
    let at = path(&anna).await?;
    ensure!(at.starts_with("/tickets/REQ-"), "it is a service request: {at}");
    let (head, talk) = (text(&anna, "ticket-head").await?, text(&anna, "timeline").await?);
    ensure!(head.contains("Usually within 5 working days") && head.contains("It is up to"), "{head}");
    ensure!(talk.contains("14 inch, standard") && talk.contains("The old one does not charge."), "{talk}");
    anna.inspect("catalogue-3-requested").await?;

    // Who leads her is asked at once, and judges by what she answered.
    boss.goto(&cast.link("finance")?).await?;
    boss.goto(&server.at("/approvals")).await?;
    boss.wait_for(Find::Text("A notebook")).await?;
    boss.inspect("catalogue-4-approval").await?;

    // The technician sees what was requested.
    let tim = Browser::open(screen, scheme).await?;
    tim.goto(&cast.link("agent_exclusive")?).await?;
    tim.goto(&server.at(&at.replace("/tickets/", "/desk/t/"))).await?;
    let context = text(&tim, "context").await?;
    ensure!(context.contains("A notebook form version 1"), "{context}");
    tim.inspect("catalogue-5-desk").await?;
    Ok(())
}

async fn kept(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let ada = Browser::open(screen, scheme).await?;
    ada.goto(&cast.link("admin")?).await?;
    ada.goto(&server.at("/admin/catalogue")).await?;
    ada.click(Find::Control("Add an item")).await?;
    ada.type_into(Find::Css("[name=name]"), "A parking place").await?;
    ada.type_into(Find::Css("[name=about]"), "In the yard behind the laboratory.").await?;
    ada.type_into(Find::Css("[name=category]"), "House").await?;
    ada.type_into(Find::Css("[name=label0]"), "Which days?").await?;
    ada.choose(Find::Css("[name=kind0]"), "One of several").await?;
    ada.type_into(Find::Css("[name=choices0]"), "Every day").await?;
    ada.click(Find::Control("Add the item")).await?;
    ada.wait_for(Find::Text("offers fewer than two choices")).await?;
    let noted = ada.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("422")), "{noted:?}");
    ada.inspect("catalogue-kept-1-refused").await?;
    ada.type_into(Find::Css("[name=choices0]"), "Every day\nWeekends").await?;
    ada.click(Find::Control("Add the item")).await?;
    ada.wait_for(Find::Text("version 1")).await?;
    ada.click(Find::Control("See it as people do")).await?;
    ada.wait_for(Find::Control("Request it")).await?;
    ada.choose(Find::Field("Which days?"), "Weekends").await?;
    ada.inspect("catalogue-kept-2-offered").await?;

    // Changed under somebody's hands, the form says so instead of taking answers to questions that are no longer asked.
    let form = path(&ada).await?;
    let other = Browser::open(screen, scheme).await?;
    other.goto(&cast.link("admin")?).await?;
    other.goto(&server.at(&format!("/admin{form}"))).await?;
    other.type_into(Find::Css("[name=label0]"), "On which days?").await?;
    other.click(Find::Control("Save")).await?;
    other.wait_for(Find::Text("version 2")).await?;
    ada.click(Find::Control("Request it")).await?;
    ada.wait_for(Find::Text("This form was changed meanwhile.")).await?;
    ada.complaints().await?;
    ada.choose(Find::Field("On which days?"), "Weekends").await?;
    ada.click(Find::Control("Request it")).await?;
    ada.wait_for(Find::Css("#timeline")).await?;
    Ok(())
}

async fn device_and_photo(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let anna = Browser::open(screen, scheme).await?;
    anna.goto(&cast.link("requester")?).await?;
    anna.goto(&server.at("/tickets/new")).await?;
    let chosen = "return document.querySelector('[name=device]').selectedOptions[0].textContent";
    let chosen = anna.run(chosen, vec![]).await?;
    ensure!(chosen == "Notebook on the ward", "her only device is chosen already: {chosen}");
    anna.type_into(Find::Css("[name=subject]"), "The key for the letter E is loose").await?;

    let photo = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/assets/app/app-192.png");
    let photo = std::fs::canonicalize(photo)?;
    anna.type_into(Find::Css("[name=files]"), photo.to_str().context("a path in UTF-8")?).await?;
    anna.wait_for(Find::Css(".previews canvas")).await?;
    // A photo of the camera comes beside what was chosen, on a phone as it comes from there.
    let taken = "const all = new DataTransfer(); \
        all.items.add(new File(['x'], 'taken.jpg', { type: 'image/jpeg' })); \
        const camera = document.querySelector('[capture=environment]'); camera.files = all.files; \
        camera.dispatchEvent(new Event('change', { bubbles: true })); \
        return [...document.querySelector('[name=files]').files].map((file) => file.name).join()";
    let both = anna.run(taken, vec![]).await?;
    ensure!(both == "app-192.png,taken.jpg", "{both}");
    anna.wait_for(Find::Text("taken.jpg")).await?;
    if anna.run("return matchMedia('(pointer: coarse)').matches", vec![]).await? == Value::Bool(true) {
        ensure!(anna.shows(Find::Text("Take a photo")).await?, "the camera is at hand");
    }
    anna.inspect("device-1-chosen").await?;
    anna.click(Find::Control("Send")).await?;
    anna.wait_for(Find::Css("#timeline")).await?;
    let at = path(&anna).await?;
    let talk = text(&anna, "timeline").await?;
    ensure!(talk.contains("app-192.png") && talk.contains("taken.jpg"), "{talk}");

    let tim = Browser::open(screen, scheme).await?;
    tim.goto(&cast.link("agent_exclusive")?).await?;
    tim.goto(&server.at(&at.replace("/tickets/", "/desk/t/"))).await?;
    let context = text(&tim, "context").await?;
    ensure!(context.contains("About Notebook on the ward") && context.contains("MHG-04217"), "{context}");

    // An administrator says what somebody works with.
    let ada = Browser::open(screen, scheme).await?;
    ada.goto(&cast.link("admin")?).await?;
    ada.goto(&server.at(&format!("/admin/people?q={}", cast.email("requester")?))).await?;
    ada.click(Find::Css("main a[href^='/admin/people/0']")).await?;
    ada.click(Find::Text("Add a device")).await?;
    ada.type_into(Find::Css("[name=device_name]"), "Label printer").await?;
    ada.choose(Find::Css("[name=device_kind]"), "Printer").await?;
    ada.click(Find::Control("Add it")).await?;
    ada.wait_for(Find::Text("Label printer")).await?;
    ada.inspect("device-2-person").await?;
    anna.goto(&server.at("/tickets/new")).await?;
    let chosen = anna.run("return document.querySelector('[name=device]').value", vec![]).await?;
    let offered = anna.run("return document.querySelector('[name=device]').options.length", vec![]).await?;
    ensure!(offered == 3 && chosen == "", "of several, one is chosen by hand: {offered} {chosen}");
    Ok(())
}

#[tokio::test]
async fn something_is_requested_and_approved_on_a_desktop() -> anyhow::Result<()> {
    requested(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn something_is_requested_and_approved_on_a_phone() -> anyhow::Result<()> {
    requested(Screen::Phone, Scheme::Dark).await
}

#[tokio::test]
async fn an_administrator_offers_something_on_a_desktop() -> anyhow::Result<()> {
    kept(Screen::Desktop, Scheme::Dark).await
}

#[tokio::test]
async fn an_administrator_offers_something_on_a_phone() -> anyhow::Result<()> {
    kept(Screen::Phone, Scheme::Light).await
}

#[tokio::test]
async fn the_device_is_chosen_already_and_a_photo_is_seen_on_a_desktop() -> anyhow::Result<()> {
    device_and_photo(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn the_device_is_chosen_already_and_a_photo_is_seen_on_a_phone() -> anyhow::Result<()> {
    device_and_photo(Screen::Phone, Scheme::Dark).await
}
