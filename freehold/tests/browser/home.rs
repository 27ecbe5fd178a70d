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
    // Each figure leads to the tickets that it counts.
    let figures = "return [...document.querySelectorAll('.kpi')].map((it) => \
                   [it.querySelector('a').href, it.querySelector('dd').textContent])";
    let figures: Vec<(String, String)> = serde_json::from_value(tim.run(figures, vec![]).await?)?;
    ensure!(figures.len() == 5, "{figures:?}");
    for (address, counted) in figures {
        tim.goto(&address).await?;
        tim.wait_for(Find::Css("#list")).await?;
        let rows = "return String(document.querySelectorAll('#list [data-row]').length)";
        let rows = tim.run(rows, vec![]).await?;
        ensure!(rows == counted, "{address} counts {counted} and shows {rows}");
    }
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
