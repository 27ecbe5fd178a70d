//! Text modules: written once, found by "/" in the composer, filled in.

use anyhow::ensure;
use test_support::{Browser, Find, Key, Scheme, Screen};

use crate::story::{Cast, demo, path};

const COMPOSER: Find<'_> = Find::Css("#composer-body");

async fn written_once(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let tim = Browser::open(screen, scheme).await?;
    tim.goto(&Cast::of(&server)?.link("agent_exclusive")?).await?;
    tim.goto(&server.at("/desk/texts")).await?;
    tim.inspect("texts-1-list").await?;

    tim.type_into(Find::Css("[name=name]"), "Collect the part").await?;
    tim.type_into(Find::Css("[name=body]"), "Dear {{whom}}").await?;
    tim.click(Find::Control("Keep it")).await?;
    tim.wait_for(Find::Text("Nothing can be filled in for {{whom}}")).await?;
    let noted = tim.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("422")), "{noted:?}");
    tim.inspect("texts-2-refused").await?;
    tim.run("document.querySelector('[name=body]').value = ''", vec![]).await?;
    tim.type_into(Find::Css("[name=body]"), "Hello {{first_name}}, the part for {{number}} is here.").await?;
    tim.click(Find::Control("Keep it")).await?;
    tim.wait_for(Find::Text("Collect the part")).await?;
    // What was kept is no draft any more: the form is empty, and stays so after a reload.
    let body = "return document.querySelector('[name=body]').value";
    ensure!(tim.run(body, vec![]).await? == "", "the form begins anew");
    tim.reload().await?;
    ensure!(tim.run(body, vec![]).await? == "", "no draft comes back");

    tim.goto(&server.at("/desk/q/open")).await?;
    tim.click(Find::Css("#list [data-row]")).await?;
    tim.wait_for(COMPOSER).await?;
    let at = path(&tim).await?;
    let number = at.strip_prefix("/desk/t/").and_then(|rest| rest.split('?').next()).unwrap_or_default();
    tim.type_into(COMPOSER, "/").await?;
    tim.wait_for(Find::Css("#texts-list [role=option]")).await?;
    tim.press("collect").await?;
    tim.inspect("texts-3-picker").await?;
    tim.press(&Key::Enter).await?;
    tim.wait_gone(Find::Css("#texts-list [role=option]")).await?;
    let value = "return document.getElementById('composer-body').value";
    let value = tim.run(value, vec![]).await?;
    let value = value.as_str().unwrap_or_default();
    ensure!(
        value.starts_with("Hello ") && value.contains(&format!("the part for {number} is here.")),
        "{value}"
    );
    ensure!(!value.contains("{{") && !value.contains('/'), "{value}");
    // What was inserted is kept like what was typed.
    tim.wait_for(Find::Text("Draft saved at the desk")).await?;
    tim.inspect("texts-4-inserted").await?;
    Ok(())
}

#[tokio::test]
async fn a_text_is_written_once_and_inserted_filled_in_on_a_desktop() -> anyhow::Result<()> {
    written_once(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn a_text_is_written_once_and_inserted_filled_in_on_a_phone() -> anyhow::Result<()> {
    written_once(Screen::Phone, Scheme::Dark).await
}
