//! Macros: kept once, shown before they act, and done in one press.

use anyhow::ensure;
use test_support::{Browser, Find, Scheme, Screen};

use crate::story::{Cast, demo};

async fn done_again(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let tim = Browser::open(screen, scheme).await?;
    tim.goto(&cast.link("agent_exclusive")?).await?;
    tim.goto(&server.at("/desk/macros")).await?;
    tim.type_into(Find::Css("[name=name]"), "Onto the evening round").await?;
    tim.click(Find::Control("Keep it")).await?;
    tim.wait_for(Find::Text("Nothing is to be changed yet")).await?;
    let noted = tim.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("422")), "{noted:?}");
    tim.choose(Find::Css("[name=assignee]"), "Me").await?;
    tim.choose(Find::Css("[name=to]"), "In progress").await?;
    tim.type_into(Find::Css("[name=say]"), "{{first_name}}, I come by tonight for {{number}}.").await?;
    tim.choose(Find::Css("[name=aloud]"), "Each requester: a public reply").await?;
    // Begun and not kept: a reload costs neither its name nor its words.
    tim.wait_for(Find::Text("Draft saved")).await?;
    let typed =
        "return [document.querySelector('[name=name]').value, document.querySelector('[name=say]').value]";
    let before = tim.run(typed, vec![]).await?;
    tim.reload().await?;
    ensure!(tim.run(typed, vec![]).await? == before, "{before}");
    tim.choose(Find::Css("[name=assignee]"), "Me").await?;
    tim.choose(Find::Css("[name=to]"), "In progress").await?;
    tim.choose(Find::Css("[name=aloud]"), "Each requester: a public reply").await?;
    tim.inspect("macro-1-written").await?;
    tim.click(Find::Control("Keep it")).await?;
    // One of the sample does the same: only its name tells that it is kept.
    tim.wait_for(Find::Text("Onto the evening round")).await?;

    // What was written for one macro is not put into another.
    tim.goto(&server.at("/desk/macros")).await?;
    let words = "return document.querySelector('[name=say]').value";
    ensure!(tim.run(words, vec![]).await? == "", "the form begins empty");

    tim.goto(&server.at("/desk/q/unassigned")).await?;
    tim.click(Find::Css("#list [data-row]")).await?;
    tim.wait_for(Find::Css("#timeline")).await?;
    tim.inspect("macro-2-ticket").await?;
    let link = "return [...document.querySelectorAll('#context a')].find((a) => a.textContent === 'Onto the evening round').href";
    let link = tim.run(link, vec![]).await?;
    tim.goto(link.as_str().unwrap_or_default()).await?;
    tim.wait_for(Find::Text("What will change")).await?;
    let words = tim.text(Find::Css("#foreseen .draft-text")).await?;
    ensure!(
        words.contains("I come by tonight for") && !words.contains("{{"),
        "the words are shown as they are sent: {words}"
    );
    tim.inspect("macro-3-foreseen").await?;
    tim.click(Find::Control("Change 1 ticket")).await?;
    tim.wait_for(Find::Text("1 ticket was changed")).await?;
    tim.click(Find::Text("Back to the list")).await?;
    let number =
        link.as_str().and_then(|link| link.split("t=").nth(1)).and_then(|rest| rest.split('&').next());
    let number = number.unwrap_or_default();
    tim.goto(&server.at(&format!("/desk/t/{number}"))).await?;
    tim.wait_for(Find::Text(&format!("I come by tonight for {number}."))).await?;
    let said = tim.text(Find::Css("#timeline")).await?;
    ensure!(!said.contains("{{"), "its blanks are filled in: {said}");
    Ok(())
}

#[tokio::test]
async fn work_is_kept_once_and_done_in_one_press_on_a_desktop() -> anyhow::Result<()> {
    done_again(Screen::Desktop, Scheme::Dark).await
}

#[tokio::test]
async fn work_is_kept_once_and_done_in_one_press_on_a_phone() -> anyhow::Result<()> {
    done_again(Screen::Phone, Scheme::Light).await
}
