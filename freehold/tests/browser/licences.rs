//! Licences where people meet them: the rules of a pool as a manager sets them on a phone, a token that is taken away and
//! its holder who is told, and a module that somebody lacks.

use anyhow::{Context as _, ensure};
use test_support::{Browser, Find, Scheme, Screen};

use crate::story::{Cast, demo};

/// The address of the pool's page, from the list.
async fn pool(browser: &Browser, name: &str) -> anyhow::Result<String> {
    let script = "const found = [...document.querySelectorAll('.pool-name a')].find((link) => link.textContent.includes(arguments[0])); return found && found.href";
    let href = browser.run(script, vec![name.into()]).await?;
    Ok(href.as_str().with_context(|| format!("a pool called {name}"))?.to_owned())
}

#[tokio::test]
async fn rules_are_set_by_thumb_and_who_loses_a_token_is_told_by_whom() -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let manager = Browser::open(Screen::Phone, Scheme::Light).await?;
    manager.goto(&cast.link("licence_manager")?).await?;
    manager.goto(&server.at("/licences")).await?;
    let licence = pool(&manager, "Technicians").await?;
    manager.goto(&format!("{licence}/rules")).await?;
    manager.type_into(Find::Css("[name=offer_window]"), "a while").await?;
    manager.type_into(Find::Css("[name=overdraft]"), "2").await?;
    manager.click(Find::Control("Set the rules")).await?;
    manager.wait_for(Find::Css("#errors")).await?;
    let kept = manager.run("return document.querySelector('[name=overdraft]').value", Vec::new()).await?;
    ensure!(kept == "2", "what was typed is there: {kept}");
    let noted = manager.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("422")), "{noted:?}");
    manager.inspect("licences-1-refused").await?;
    manager.type_into(Find::Css("[name=offer_window]"), "180").await?;
    manager.click(Find::Control("Set the rules")).await?;
    manager.wait_gone(Find::Css("#errors")).await?;
    manager.goto(&format!("{licence}/rules")).await?;
    let set = "return ['offer_window', 'overdraft'].map((name) => document.querySelector(`[name=${name}]`).value).join()";
    ensure!(manager.run(set, Vec::new()).await? == "180,2", "the rules are as they were set");

    // Somebody works on a token, with their page open.
    let desk = Browser::open(Screen::Desktop, Scheme::Light).await?;
    desk.goto(&cast.link("agent_concurrent")?).await?;
    desk.goto(&server.at("/desk/q/open")).await?;
    desk.click(Find::Css("#list [data-row]")).await?;
    desk.wait_for(Find::Css("#composer")).await?;
    desk.click(Find::Css("#composer label:has([value=note])")).await?;
    desk.type_into(Find::Css("#composer-body"), "On my way.").await?;
    desk.click(Find::Css("#composer .if-note [value=send]")).await?;
    desk.wait_for(Find::Css("#seat.active")).await?;
    desk.type_into(Find::Css("#composer-body"), "Half a sentence that").await?;

    // The manager takes it, and says why.
    manager.goto(&licence).await?;
    manager.click(Find::Css("details.more summary:has(.unseen)")).await?;
    manager.type_into(Find::Css("details.more[open] [name=because]"), "The ward needs it at once.").await?;
    manager.click(Find::Control("Take the token away")).await?;
    manager
        .wait_for(Find::Text(
            "No token is held. One is taken at somebody's first licensed act, never by looking.",
        ))
        .await?;
    manager.inspect("licences-2-taken").await?;

    // Without a reload, and with nothing typed lost.
    desk.wait_for(Find::Text("Token 1 is no longer yours")).await?;
    ensure!(desk.text(Find::Css("#seat")).await?.contains("What you typed is kept"));
    let kept = desk.run("return document.querySelector('#composer-body').value", Vec::new()).await?;
    ensure!(kept == "Half a sentence that", "the text is there: {kept}");
    desk.inspect("licences-3-told").await?;
    Ok(())
}

#[tokio::test]
async fn who_lacks_a_module_sees_what_it_is_and_asks_for_it() -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;

    // A problem manager opens a problem from an incident, and both know of each other.
    let desk = Browser::open(Screen::Desktop, Scheme::Dark).await?;
    desk.goto(&cast.link("agent_exclusive")?).await?;
    desk.goto(&server.at("/desk/q/open")).await?;
    desk.click(Find::Css("#list [data-row]")).await?;
    desk.click(Find::Control("Open a problem behind this")).await?;
    desk.type_into(Find::Css("[name=subject]"), "Labels stop after the nightly restart").await?;
    desk.type_into(Find::Css("[name=description]"), "Restart the spooler to go on.").await?;
    // What was typed over the incident's own subject outlives the page.
    desk.reload().await?;
    let kept = desk.run("return document.querySelector('[name=subject]').value", Vec::new()).await?;
    ensure!(kept == "Labels stop after the nightly restart", "the subject is kept: {kept}");
    desk.click(Find::Control("Open the problem")).await?;
    desk.wait_for(Find::Text("Restart the spooler to go on.")).await?;
    let address = desk.address().await?;
    let number = address.path().rsplit('/').next().unwrap_or_default().to_owned();
    ensure!(number.starts_with("PRB-"), "the problem has a number of its own: {number}");
    ensure!(desk.text(Find::Css("#context")).await?.contains("caused"), "the incident is linked");
    desk.inspect("module-1-problem").await?;
    desk.click(Find::Css("#context li:has(form[action*='/unlink']) a")).await?;
    desk.wait_for(Find::Text("Known cause")).await?;
    ensure!(desk.text(Find::Css("#context .known")).await?.contains("Restart the spooler to go on."));
    desk.inspect("module-1-known-cause").await?;

    // Somebody without the module wants to take it.
    let phone = Browser::open(Screen::Phone, Scheme::Light).await?;
    phone.goto(&cast.link("agent_concurrent")?).await?;
    phone.goto(&server.at(&format!("/desk/t/{number}?q=problems"))).await?;
    phone.wait_for(Find::Css("#composer")).await?;
    let take = "const form = [...document.querySelectorAll('form')].find((form) => form.action.includes('/assign')); form.requestSubmit(); return true";
    phone.run(take, Vec::new()).await?;
    phone.wait_for(Find::Css("#verdict")).await?;
    ensure!(phone.text(Find::Css("#verdict")).await?.contains("Problem management is not yours"));
    let noted = phone.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("403")), "{noted:?}");
    phone.inspect("module-2-lacking").await?;
    phone.click(Find::Control("What it is, and who has it")).await?;
    phone.wait_for(Find::Text("Who has it")).await?;
    ensure!(phone.text(Find::Css("main, #list")).await?.contains("3 of 4 seats assigned"));

    // A form that they could not send leads here too.
    phone.goto(&server.at("/desk/problems/new")).await?;
    phone.wait_for_path("/desk/modules/problem").await?;
    phone.inspect("module-3-explained").await?;
    phone.click(Find::Control("Request it")).await?;
    phone.wait_for_path("/tickets/new").await?;
    let subject = phone.run("return document.querySelector('[name=subject]').value", Vec::new()).await?;
    ensure!(subject == "Licence: Problem management", "the request is begun: {subject}");
    phone.click(Find::Control("Send")).await?;
    phone.wait_for(Find::Text("Licence: Problem management")).await?;
    ensure!(phone.address().await?.path().contains("/tickets/REQ-"), "asking for a licence needs none");
    phone.inspect("module-4-requested").await?;
    Ok(())
}
