//! Changing several tickets together: chosen by keyboard or by thumb, previewed, done, and what changed meanwhile left alone.

use anyhow::ensure;
use test_support::{Browser, Find, Scheme, Screen};

use crate::story::{Cast, demo, send_reply};

const CHOSEN: &str =
    "return [...document.querySelectorAll('.row-pick input:checked')].map((box) => box.value)";

async fn together(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let tim = Browser::open(screen, scheme).await?;
    tim.goto(&cast.link("agent_exclusive")?).await?;
    tim.goto(&server.at("/desk/q/unassigned")).await?;
    ensure!(!tim.shows(Find::Control("Change them…")).await?, "there is nothing to change yet");
    if screen == Screen::Desktop {
        // By keyboard alone.
        tim.press("j").await?;
        tim.press("x").await?;
        tim.press("j").await?;
        tim.press("x").await?;
        tim.press("j").await?;
        tim.press("x").await?;
    } else {
        for nth in 1..=3 {
            tim.click(Find::Css(&format!("li.row:nth-of-type({nth}) .row-pick"))).await?;
        }
    }
    tim.wait_for(Find::Text("3 chosen")).await?;
    tim.inspect("bulk-1-chosen").await?;
    let chosen = tim.run(CHOSEN, vec![]).await?;
    let chosen: Vec<String> = serde_json::from_value(chosen)?;
    ensure!(chosen.len() == 3, "{chosen:?}");
    tim.click(Find::Control("Change them…")).await?;
    tim.wait_for(Find::Text("Change 3 tickets")).await?;
    tim.inspect("bulk-2-form").await?;

    tim.click(Find::Control("Show what will change")).await?;
    tim.wait_for(Find::Text("Nothing is to be changed yet")).await?;
    let noted = tim.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("422")), "{noted:?}");
    tim.choose(Find::Css("[name=assignee]"), "Me").await?;
    tim.choose(Find::Css("[name=impact]"), "high").await?;
    tim.type_into(Find::Css("[name=say]"), "Looked at together.").await?;
    tim.click(Find::Control("Show what will change")).await?;
    tim.wait_for(Find::Text("What will change")).await?;
    let said = tim.run("return document.querySelector('#foreseen li > p.quiet').textContent", vec![]).await?;
    let said = said.as_str().unwrap_or_default().to_owned();
    ensure!(said.starts_with("Wrote the note") && said.contains("assigned it to"), "{said}");
    let focus = tim.run("return document.activeElement.id", vec![]).await?;
    ensure!(focus == "foreseen", "what is shown is read first: {focus}");
    tim.inspect("bulk-3-foreseen").await?;

    // Somebody else is quicker with one of them.
    let other = Browser::open(screen, scheme).await?;
    other.goto(&cast.link("agent_exclusive")?).await?;
    other.goto(&server.at(&format!("/desk/t/{}", chosen[1]))).await?;
    other.type_into(Find::Css("#composer-body"), "I have this.").await?;
    send_reply(&other).await?;
    other.wait_for(Find::Text("I have this.")).await?;

    tim.click(Find::Control("Change 3 tickets")).await?;
    tim.wait_for(Find::Text("2 tickets were changed")).await?;
    tim.wait_for(Find::Text("1 was left as it is")).await?;
    tim.inspect("bulk-4-done").await?;
    tim.click(Find::Text("Look at these again")).await?;
    tim.wait_for(Find::Text("Change 1 ticket")).await?;
    let at = tim.address().await?;
    ensure!(at.as_str().contains(&chosen[1]), "{at}");
    tim.goto(&server.at(&format!("/desk/t/{}", chosen[0]))).await?;
    tim.wait_for(Find::Text("Looked at together.")).await?;
    Ok(())
}

#[tokio::test]
async fn several_tickets_are_changed_by_keyboard_alone_on_a_desktop() -> anyhow::Result<()> {
    together(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn several_tickets_are_changed_by_thumb_on_a_phone() -> anyhow::Result<()> {
    together(Screen::Phone, Scheme::Dark).await
}
