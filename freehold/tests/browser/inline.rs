//! What a list shows, and what is changed in it without opening anything.

use anyhow::ensure;
use test_support::{Browser, Find, Key, Scheme, Screen};

use crate::story::{Cast, demo};

const PLACE: &str =
    "const { top, width } = document.getElementById('list').getBoundingClientRect(); return [top, width]";

/// The words of a cell in the first row.
async fn first(desk: &Browser, cell: &str) -> anyhow::Result<String> {
    desk.text(Find::Css(&format!(".row .row-cell-{cell}"))).await
}

/// Opens a choice of the first row: with a key, or with a thumb on what it is about.
async fn open(desk: &Browser, key: &str, cell: &str) -> anyhow::Result<()> {
    if desk.screen() == Screen::Desktop {
        desk.run("document.querySelector('[data-row]').focus()", Vec::new()).await?;
        desk.press(key).await?;
    } else {
        desk.click(Find::Css(&format!(".row {cell}"))).await?;
    }
    desk.wait_for(Find::Css("#palette[open] [role=option]")).await?;
    Ok(())
}

async fn columns_and_changes(screen: Screen, scheme: Scheme, name: &str) -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let desk = Browser::open(screen, scheme).await?;
    desk.goto(&cast.link("agent_exclusive")?).await?;
    desk.goto(&server.at("/desk/q/all")).await?;
    desk.click(Find::Css("#filter summary")).await?;
    for column in ["category", "requester", "priority", "group", "state", "changed"] {
        desk.click(Find::Css(&format!("[name=columns][value={column}]"))).await?;
    }
    desk.inspect(&format!("inline-1-columns-{name}")).await?;
    desk.click(Find::Control("Show")).await?;
    desk.wait_for(Find::Css(".row .row-cell-priority")).await?;
    let query = "columns=group,priority,state,changed,promise,assignee,raised";
    ensure!(desk.address().await?.query() == Some(query), "{}", desk.address().await?);
    ensure!(!desk.shows(Find::Css(".row .row-cell-requester")).await?, "what was not chosen is not there");
    for column in ["group", "state", "changed"] {
        ensure!(desk.shows(Find::Css(&format!(".row .row-cell-{column}"))).await?, "{column} shows");
    }
    desk.click(Find::Control("Show these columns in all my lists")).await?;
    desk.wait_gone(Find::Control("Show these columns in all my lists")).await?;
    desk.goto(&server.at("/desk/q/unassigned")).await?;
    desk.wait_for(Find::Css(".row .row-cell-state")).await?;
    desk.inspect(&format!("inline-2-everywhere-{name}")).await?;

    // Each change is one key or tap, some letters, and Enter.
    desk.goto(&server.at("/desk/q/all?sort=oldest")).await?;
    desk.wait_for(Find::Css(".row .row-cell-priority")).await?;
    open(&desk, "p", ".row-cell-priority").await?;
    desk.inspect(&format!("inline-3-priority-{name}")).await?;
    let wanted = if first(&desk, "priority").await?.starts_with('1') { "5 " } else { "1 " };
    desk.press(&format!("priority {wanted}")).await?;
    desk.press(&Key::Enter).await?;
    desk.wait_gone(Find::Css("#palette[open]")).await?;
    desk.wait_for(Find::Css(".row.fresh")).await?;
    ensure!(first(&desk, "priority").await?.starts_with(wanted), "{}", first(&desk, "priority").await?);
    // Only what changes from now on is fresh.
    desk.reload().await?;
    open(&desk, "g", ".row-cell-group").await?;
    let group = if first(&desk, "group").await? == "Networks" { "Workplace" } else { "Networks" };
    desk.press(&format!("give to {}", group.to_lowercase())).await?;
    desk.press(&Key::Enter).await?;
    desk.wait_gone(Find::Css("#palette[open]")).await?;
    desk.wait_for(Find::Css(".row.fresh")).await?;
    ensure!(first(&desk, "group").await? == group, "{}", first(&desk, "group").await?);
    desk.reload().await?;
    open(&desk, "a", ".row-face").await?;
    desk.press("to nobody").await?;
    desk.press(&Key::Enter).await?;
    desk.wait_gone(Find::Css("#palette[open]")).await?;
    desk.wait_for(Find::Css(".row:first-child .nobody")).await?;
    desk.inspect(&format!("inline-4-changed-{name}")).await?;
    ensure!(desk.address().await?.path() == "/desk/q/all", "nothing was opened");

    // What cannot be done says so, and the list stays as it is.
    let place = desk.run(PLACE, Vec::new()).await?;
    open(&desk, "p", ".row-cell-priority").await?;
    let meanwhile = "const form = document.querySelector('#quick form'); \
        return fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) }).then((it) => it.status)";
    ensure!(desk.run(meanwhile, Vec::new()).await? == 200);
    desk.press("priority 4").await?;
    desk.press(&Key::Enter).await?;
    desk.wait_for(Find::Css(".toast.bad")).await?;
    let noted = desk.complaints().await?;
    ensure!(noted.iter().all(|line| line.contains("412")), "{noted:?}");
    ensure!(desk.shows(Find::Css("#filter summary")).await?, "the list is what it was");
    ensure!(desk.run(PLACE, Vec::new()).await? == place, "and where it was");
    desk.inspect(&format!("inline-4-refused-{name}")).await?;

    // The palette knows people and places beside what the page can do, and the keys beside that.
    if screen == Screen::Phone {
        desk.click(Find::Css("[popovertarget=side]")).await?;
    }
    desk.click(Find::Css("#side [data-open-palette]")).await?;
    desk.wait_for(Find::Css("#palette[open] [role=option]")).await?;
    desk.press("text mod").await?;
    desk.wait_for(Find::Css("#palette [aria-selected=true]")).await?;
    desk.inspect(&format!("inline-5-palette-{name}")).await?;
    let (requester, _) = cast.all("requester").remove(0);
    for _ in 0.."text mod".len() {
        desk.press(&Key::Backspace).await?;
    }
    desk.press(&requester).await?;
    let their = format!("{requester}their tickets");
    let there = format!(
        "return [...document.querySelectorAll('#palette li')].some((it) => it.textContent === '{their}')"
    );
    desk.wait_for(Find::Text("their tickets")).await?;
    ensure!(desk.run(&there, Vec::new()).await? == true, "{their}");
    desk.inspect(&format!("inline-6-person-{name}")).await?;
    desk.press(&Key::Enter).await?;
    desk.wait_for(Find::Css("[aria-label^='Remove filter Requester']")).await?;

    // Without script the choices are a page, and lead back to the list.
    let row = desk.run("return document.querySelector('[data-quick]').dataset.quick", Vec::new()).await?;
    desk.goto(&server.at(row.as_str().unwrap_or_default())).await?;
    desk.wait_for(Find::Control("Assign to me")).await?;
    desk.inspect(&format!("inline-7-page-{name}")).await?;
    Ok(())
}

#[tokio::test]
async fn a_list_shows_what_was_chosen_and_is_changed_in_place_on_a_desktop() -> anyhow::Result<()> {
    columns_and_changes(Screen::Desktop, Scheme::Light, "desktop").await
}

#[tokio::test]
async fn a_list_shows_what_was_chosen_and_is_changed_in_place_on_a_phone() -> anyhow::Result<()> {
    columns_and_changes(Screen::Phone, Scheme::Dark, "phone").await
}
