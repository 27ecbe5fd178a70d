//! The technician's home: what needs them now, and the figures of the team with a table behind each chart.

use anyhow::ensure;
use test_support::{Browser, Find, Scheme, Screen};

use crate::story::{Cast, demo, path};

async fn home(screen: Screen, scheme: Scheme) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let tim = Browser::open(screen, scheme).await?;
    tim.goto(&cast.link("agent_exclusive")?).await?;
    tim.goto(&server.at("/desk")).await?;
    tim.wait_for(Find::Text("What needs you now")).await?;
    tim.inspect("home-1-desk").await?;
    // A chart can be read without seeing it: its sentence, and a table whose sums are those of the sentence.
    let sums = "const rows = [...document.querySelector('.desk-charts .panel table').rows].slice(1); \
                return [1, 2].map((n) => rows.reduce((sum, row) => sum + Number(row.cells[n].textContent), 0))";
    let sums: Vec<u64> = serde_json::from_value(tim.run(sums, vec![]).await?)?;
    let sentence = tim.text(Find::Css(".desk-charts .panel p")).await?;
    ensure!(
        sums[0] > 0 && sentence.contains(&format!("{} tickets came and {} were solved", sums[0], sums[1])),
        "{sums:?} {sentence}"
    );
    // A figure leads to the tickets that it counts.
    let overdue = tim.run("return document.querySelector('.kpi:last-child dd').textContent", vec![]).await?;
    tim.click(Find::Text("overdue at the desk")).await?;
    tim.wait_for(Find::Text("Promise: overdue")).await?;
    let rows = tim.run("return String(document.querySelectorAll('#list [data-row]').length)", vec![]).await?;
    ensure!(rows == overdue, "{overdue} are counted, {rows} are shown");
    tim.goto(&server.at("/desk")).await?;
    tim.click(Find::Css("#list [data-row]")).await?;
    tim.wait_for(Find::Css("#timeline")).await?;
    ensure!(path(&tim).await?.starts_with("/desk/t/"), "the first that needs one opens");
    Ok(())
}

#[tokio::test]
async fn home_shows_what_needs_one_and_the_teams_figures_on_a_desktop() -> anyhow::Result<()> {
    home(Screen::Desktop, Scheme::Light).await
}

#[tokio::test]
async fn home_shows_what_needs_one_and_the_teams_figures_on_a_phone() -> anyhow::Result<()> {
    home(Screen::Phone, Scheme::Dark).await
}
