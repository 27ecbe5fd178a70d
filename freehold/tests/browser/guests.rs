//! Somebody without an account: writes, follows by a link, answers, says how they were helped; and the link is revoked.

use anyhow::{Context as _, ensure};
use test_support::{Browser, Find, Scheme, Screen};

use crate::story::{Cast, demo, path, send_reply};

async fn written_and_followed(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let (guest, tim) = (Browser::open(screen, scheme).await?, Browser::open(screen, scheme).await?);
    guest.goto(&server.at("/sign-in")).await?;
    guest.click(Find::Control("Write to the service desk as a guest")).await?;
    guest.wait_for_path("/guest").await?;
    guest.type_into(Find::Css("[name=name]"), "Anna Berg").await?;
    guest.type_into(Find::Css("[name=email]"), &cast.email("finance")?).await?;
    guest.type_into(Find::Css("[name=subject]"), "My visitor badge does not open the gate").await?;
    guest.wait_for(Find::Text("Draft saved")).await?;
    guest.reload().await?;
    let typed = guest.run("return document.querySelector('[name=subject]').value", vec![]).await?;
    ensure!(typed == "My visitor badge does not open the gate", "what was typed is kept: {typed}");
    guest.inspect("guest-1-typed").await?;
    // What only a program fills in.
    guest.run("document.querySelector('[name=website]').value = 'https://spam.example'", vec![]).await?;
    guest.click(Find::Control("Send")).await?;
    guest.wait_for(Find::Text("Empty the field")).await?;
    let noted = guest.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("422")), "{noted:?}");
    guest.inspect("guest-2-refused").await?;
    guest.run("document.querySelector('[name=website]').value = ''", vec![]).await?;
    guest.click(Find::Control("Send")).await?;
    guest.wait_for(Find::Text("We have it.")).await?;
    let link = guest.address().await?;
    ensure!(link.path().len() > "/guest/".len() + 40, "it leads to the ticket: {link}");
    let quiet = "return fetch(location.href).then((answer) => \
        ['referrer-policy', 'x-robots-tag', 'cache-control'].map((name) => answer.headers.get(name)).join())";
    let quiet = guest.run(quiet, vec![]).await?;
    ensure!(quiet == "same-origin,noindex, nofollow,no-store", "{quiet}");
    guest.inspect("guest-3-raised").await?;
    let number =
        guest.run("return document.querySelector('#ticket-head .quiet').textContent", vec![]).await?;
    let number = number.as_str().context("a number")?.to_owned();

    // A technician is told that nobody has made sure of the address, whose it is, and answers.
    tim.goto(&cast.link("agent_exclusive")?).await?;
    tim.goto(&server.at(&format!("/desk/t/{number}"))).await?;
    tim.wait_for(Find::Css("#composer")).await?;
    let context = tim.run("return document.getElementById('context').textContent", vec![]).await?;
    let context = context.as_str().unwrap_or_default();
    ensure!(context.contains("Anna Berg (guest)") && context.contains("unverified address"), "{context}");
    let talk = tim.run("return document.getElementById('timeline').textContent", vec![]).await?;
    let talk = talk.as_str().unwrap_or_default();
    ensure!(
        !talk.replace("Anna Berg (guest)", "").contains("Anna Berg"),
        "nowhere by that name alone: {talk}"
    );
    ensure!(context.contains("may or may not have written it"), "the address is somebody's here: {context}");
    tim.inspect("guest-4-desk").await?;
    tim.type_into(Find::Css("#composer-body"), "Please show it at the front desk.").await?;
    send_reply(&tim).await?;
    tim.wait_for(Find::Text("Please show it at the front desk.")).await?;

    // The guest reads it by the link, and answers; the draft is kept meanwhile.
    guest.goto(link.as_str()).await?;
    guest.wait_for(Find::Text("Please show it at the front desk.")).await?;
    guest.type_into(Find::Css("#composer-body"), "Thank you, they gave me a new one.").await?;
    guest.click(Find::Control("Send answer")).await?;
    guest.wait_for(Find::Css("#timeline .mine:nth-of-type(n + 2)")).await?;
    let talk = guest.run("return document.getElementById('timeline').textContent", vec![]).await?;
    ensure!(talk.as_str().is_some_and(|talk| talk.contains("they gave me a new one")), "{talk}");
    guest.inspect("guest-5-answered").await?;

    // Solved, they say how it went.
    tim.goto(&server.at(&format!("/desk/t/{number}"))).await?;
    tim.type_into(Find::Css("#composer-body"), "Good. The old one is blocked.").await?;
    tim.click(Find::Css("#composer .if-reply [value=solve]")).await?;
    tim.click(Find::Css("[data-send-now]")).await?;
    tim.wait_for(Find::Text("Good. The old one is blocked.")).await?;
    guest.goto(link.as_str()).await?;
    guest.click(Find::Control("Good")).await?;
    guest.wait_for(Find::Text("You said how it went")).await?;
    guest.inspect("guest-6-rated").await?;

    // Revoked, the link leads nowhere, and says what to do.
    tim.reload().await?;
    tim.wait_for(Find::Css("#timeline")).await?;
    // On a phone the details are folded away; this is what its button sends.
    let revoke = "const form = [...document.querySelectorAll('#context form')].find((form) => form.elements.link?.value === 'revoke'); \
        return fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) }).then((answer) => answer.status)";
    let status = tim.run(revoke, vec![]).await?;
    ensure!(status == 200, "{status}");
    tim.reload().await?;
    tim.wait_for(Find::Css("#timeline")).await?;
    let context = tim.run("return document.getElementById('context').textContent", vec![]).await?;
    ensure!(context.as_str().is_some_and(|text| text.contains("Their link was revoked")), "{context}");
    guest.goto(link.as_str()).await?;
    guest.wait_for(Find::Text("This link does not work any more")).await?;
    guest.complaints().await?;
    guest.inspect("guest-7-revoked").await?;
    ensure!(path(&guest).await?.starts_with("/guest/"), "the page says so itself");
    Ok(())
}

#[tokio::test]
async fn a_guest_writes_and_follows_on_a_desktop() -> anyhow::Result<()> {
    written_and_followed(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn a_guest_writes_and_follows_on_a_phone() -> anyhow::Result<()> {
    written_and_followed(Screen::Phone, Scheme::Dark).await
}
