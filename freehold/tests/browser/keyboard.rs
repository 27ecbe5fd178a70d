//! Everything by keyboard alone: the Tab key reaches each control of each page and shows where it is, and what a page is mainly
//! for is done with it.

use anyhow::ensure;
use test_support::{Browser, Find, Key, Scheme, Screen, Server};

use crate::{
    pages::{PAGES, go},
    story::{Cast, demo},
};

/// Notes for each control where the Tab key leads whether one sees that it is there: it, its label or what is around it looks
/// different from before, and nothing lies over all of it.
const WATCH: &str = "
    const visible = (it) => it.checkVisibility({ visibilityProperty: true, opacityProperty: false })
      && it.getClientRects().length > 0 && !it.closest('[inert]');
    const reached = 'a[href], button, input, select, textarea, summary, [tabindex]';
    const wanted = [...document.querySelectorAll(reached)].filter((it) =>
      it.tabIndex >= 0 && !it.disabled && it.type !== 'hidden' && visible(it));
    // Of radio buttons, one of a group; the arrow keys lead to the others.
    const first = new Set();
    const expected = wanted.filter((it) => {
      if (it.type !== 'radio') return true;
      const group = `${it.name} ${it.form?.action}`;
      const chosen = [...document.getElementsByName(it.name)].find((one) => one.checked && one.form === it.form);
      return chosen ? chosen === it : !first.has(group) && first.add(group);
    });
    const around = (it) => [it, ...(it.labels ?? []), it.parentElement, it.parentElement?.parentElement].filter(Boolean);
    const looks = (it) => around(it).map((one) => {
      const { outline, outlineOffset, boxShadow, borderColor, backgroundColor, textDecoration, color, clipPath, transform, top } =
        getComputedStyle(one);
      return [outline, outlineOffset, boxShadow, borderColor, backgroundColor, textDecoration, color, clipPath, transform, top].join();
    }).join('|');
    const before = new Map(expected.map((it) => [it, looks(it)]));
    const seen = new Map();
    document.addEventListener('keyup', (event) => {
      const it = document.activeElement;
      if (event.key !== 'Tab' || !before.has(it) || seen.has(it)) return;
      const faults = [];
      if (looks(it) === before.get(it)) faults.push('shows no focus');
      const own = (there) => there && around(it).some((one) => one.contains(there) || there.contains(one));
      const boxes = [...it.getClientRects(), ...[...(it.labels ?? [])].flatMap((label) => [...label.getClientRects()])];
      const points = boxes.flatMap(({ left, right, top, bottom }) =>
        [[(left + right) / 2, (top + bottom) / 2], [left + 2, top + 2], [right - 2, bottom - 2]]);
      if (!points.some(([x, y]) => own(document.elementFromPoint(x, y)))) faults.push('is covered');
      seen.set(it, faults);
    }, true);
    globalThis.walked = () => {
      const name = (it) => it.cloneNode(false).outerHTML.slice(0, 160);
      return expected.flatMap((it) => !seen.has(it)
        // What scripts took away meanwhile needs no key.
        ? (it.isConnected && visible(it) ? [`not reached: ${name(it)}`] : [])
        : seen.get(it).map((fault) => `${fault}: ${name(it)}`));
    };
    return expected.length";

#[tokio::test]
async fn the_tab_key_reaches_each_control_of_each_page_and_shows_it() -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let browser = Browser::open(Screen::Desktop, Scheme::Light).await?;
    let mut faults = Vec::new();
    for (role, pages) in PAGES {
        if !role.is_empty() {
            browser.goto(&cast.link(role)?).await?;
        }
        for (name, path) in *pages {
            go(&browser, &server, name, path).await?;
            let controls = browser.run(WATCH, vec![]).await?.as_u64().unwrap_or_default();
            ensure!(controls > 0, "{name} has no control");
            // A date is several stops, and a page that hears news meanwhile begins again somewhere.
            let mut found = Vec::new();
            for _ in 0..=controls / 4 + 4 {
                browser.press(&Key::Tab.repeat(24)).await?;
                let faults: Vec<String> =
                    serde_json::from_value(browser.run("return walked()", vec![]).await?)?;
                let missing = faults.iter().any(|fault| fault.starts_with("not reached"));
                found = faults;
                if !missing {
                    break;
                }
            }
            faults.extend(found.into_iter().map(|fault| format!("{name}: {fault}")));
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

/// What is done on a page: what is typed into which of its inputs, what is pressed then, and what shows that it was done.
struct Task {
    role: &'static str,
    path: &'static str,
    fill: &'static [(&'static str, &'static str)],
    press: &'static str,
    shows: &'static str,
}

const fn task(
    role: &'static str,
    path: &'static str,
    fill: &'static [(&'static str, &'static str)],
    press: &'static str,
    shows: &'static str,
) -> Task {
    Task { role, path, fill, press, shows }
}

/// Paths as in [`PAGES`]; inputs by their names.
const TASKS: &[Task] = &[
    task(
        "",
        "/guest",
        &[("name", "Gil Gast"), ("email", "gil@elsewhere.example"), ("subject", "The gate is shut")],
        "Send",
        "The gate is shut",
    ),
    task(
        "requester",
        "/",
        &[("q", "The centrifuge hums")],
        "Nothing fits",
        "css:[value='The centrifuge hums']",
    ),
    task(
        "requester",
        "/tickets/new",
        &[("subject", "The lamp flickers"), ("description", "Since noon.")],
        "Send",
        "The lamp flickers",
    ),
    task(
        "requester",
        "/tickets>main a[href^='/tickets/']:not([href$=new])",
        &[("body", "It is worse today.")],
        "Send",
        "It is worse today.",
    ),
    task(
        "requester",
        "/chat",
        &[("body", "How do I connect to the VPN?")],
        "css:#chat-send",
        "How do I connect to the VPN?",
    ),
    task("requester", "/knowledge?q=printer", &[("q", "printer\u{e007}")], "", "printer"),
    task("requester", "/knowledge/KB-1", &[], "Yes, it helped", "helped"),
    task("requester", "/outages", &[], "Me too", "Not me after all"),
    task("requester", "/me", &[], "High contrast", "css:html[data-contrast=high]"),
    task(
        "agent_exclusive",
        "/desk/new",
        &[("requester", "@requester"), ("subject", "The door beeps")],
        "Raise the ticket",
        "The door beeps",
    ),
    task(
        "agent_exclusive",
        "/desk/q/open>#list [data-row]",
        &[("body", "Looked at it.")],
        "css:#composer .if-reply [value=send]",
        "css:[data-send-now]",
    ),
    task("agent_exclusive", "/desk/search", &[("q", "printer\u{e007}")], "", "css:#list [data-row]"),
    task(
        "agent_exclusive",
        "/desk/texts",
        &[("name", "Thanks"), ("body", "Thank you for waiting.")],
        "Keep it",
        "Thanks",
    ),
    task(
        "agent_exclusive",
        "/desk/macros",
        &[("name", "To the spare pool"), ("category", "Hardware")],
        "Keep it",
        "To the spare pool",
    ),
    task(
        "agent_exclusive",
        "/desk/templates",
        &[("name", "Leaver"), ("subject", "Somebody leaves")],
        "Keep it",
        "Leaver",
    ),
    task(
        "agent_exclusive",
        "/desk/q/all?kind=incident>#list [data-row]>a[href$='/outage']",
        &[("title", "The lift is slow"), ("news", "We look at it.")],
        "Tell everybody",
        "Everybody was told",
    ),
    task(
        "agent_exclusive",
        "/desk/t/INC-2/approval",
        &[("people", "@licence_manager"), ("question", "May it go on?")],
        "Ask them",
        "May it go on?",
    ),
    task(
        "agent_exclusive",
        "/desk/problems/new?cause_of=INC-1",
        &[("subject", "Why it beeps")],
        "Open the problem",
        "Why it beeps",
    ),
    task(
        "agent_exclusive",
        "/desk/together?t=INC-4&t=INC-5",
        &[("say", "Looked at together.")],
        "Show what will change",
        "Looked at together.",
    ),
    task(
        "agent_exclusive",
        "/knowledge/new",
        &[("title", "The lamp flickers"), ("body", "Screw it in.")],
        "Publish it",
        "Screw it in.",
    ),
    task(
        "licence_manager",
        "/licences/new",
        &[("name", "Night shift"), ("product", "Freehold"), ("quantity", "3")],
        "Add the licence",
        "Night shift",
    ),
    task(
        "licence_manager",
        "/licences/contracts/new",
        &[("number", "C-77"), ("vendor", "Northwind"), ("name", "Lifts")],
        "Add the contract",
        "Lifts",
    ),
    task(
        "admin",
        "/admin/people/new",
        &[("name", "Nia New"), ("email", "nia@marlow.example")],
        "Add them",
        "Nia New",
    ),
    task("admin", "/admin/groups", &[("name", "Lift technicians")], "Add the group", "Lift technicians"),
    task("admin", "/admin/accounts", &[("name", "Lift bridge")], "Add the account", "Lift bridge"),
];

/// What stands behind this is a selector.
const CSS: &str = "css:";

fn found(control: &'static str) -> Find<'static> {
    control.strip_prefix(CSS).map_or(Find::Control(control), Find::Css)
}

async fn done(browser: &Browser, server: &Server, cast: &Cast, task: &Task) -> anyhow::Result<()> {
    go(browser, server, task.path, task.path).await?;
    for (name, typed) in task.fill {
        browser.tab_to(Find::Css(&format!("main [name={name}]"))).await?;
        match typed.strip_prefix('@') {
            Some(role) => browser.press(&cast.email(role)?).await?,
            None => browser.press(typed).await?,
        }
    }
    if !task.press.is_empty() {
        browser.tab_to(found(task.press)).await?;
        browser.press(&Key::Enter).await?;
    }
    browser
        .wait_for(match task.shows.strip_prefix(CSS) {
            Some(selector) => Find::Css(selector),
            None => Find::Text(task.shows),
        })
        .await?;
    Ok(())
}

#[tokio::test]
async fn what_pages_are_for_is_done_by_keyboard_alone() -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let browser = Browser::open(Screen::Desktop, Scheme::Dark).await?;
    let mut who = "";
    let mut faults = Vec::new();
    for task in TASKS {
        if task.role != who {
            browser.goto(&cast.link(task.role)?).await?;
            who = task.role;
        }
        if let Err(fault) = done(&browser, &server, &cast, task).await {
            faults.push(format!("{}: {fault:#}", task.path));
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}
