//! Every page, in both sizes and both schemes: no rule of accessibility broken, nothing wider than the screen, no complaint
//! from the browser. The pictures are in `target/screens`.

use anyhow::ensure;
use test_support::{Browser, Scheme, Screen, Server};

use crate::story::{Cast, demo};

/// Who looks at what. After each `>`, a path goes on to the first link that the selector behind it finds.
pub(crate) const PAGES: &[(&str, &[(&str, &str)])] = &[
    ("", &[("sign-in", "/sign-in"), ("guest", "/guest"), ("offline-nobody", "/offline")]),
    (
        "requester",
        &[
            ("home", "/"),
            ("home-answers", "/?q=printer"),
            ("answers", "/knowledge"),
            ("answers-found", "/knowledge?q=printer"),
            ("article", "/knowledge/KB-1"),
            ("article-german", "/knowledge/KB-1?language=de"),
            ("chat", "/chat"),
            ("outages", "/outages"),
            ("outage", "/outages>main a[href^='/outages/']"),
            ("tickets", "/tickets"),
            ("ticket-new", "/tickets/new"),
            ("catalogue", "/catalogue"),
            ("catalogue-item", "/catalogue>main a[href^='/catalogue/']"),
            ("team-tickets", "/tickets/team"),
            ("approvals", "/approvals"),
            ("ticket", "/tickets>main a[href^='/tickets/']:not([href$=new])"),
            ("me", "/me"),
            ("me-password", "/me/password"),
            ("offline", "/offline"),
            ("not-found", "/nothing-here"),
        ],
    ),
    (
        "agent_exclusive",
        &[
            ("desk-home", "/desk"),
            ("desk-open", "/desk/q/open"),
            ("desk-mine", "/desk/q/mine"),
            ("desk-ticket", "/desk/q/open>#list [data-row]"),
            ("desk-closed", "/desk/t/INC-1?q=open"),
            ("desk-new", "/desk/new"),
            ("desk-search", "/desk/search?q=printer"),
            ("article-kept", "/knowledge/KB-3"),
            ("article-edit", "/knowledge/KB-3/edit"),
            ("article-new", "/knowledge/new?ticket=INC-1"),
            ("answers-gaps", "/knowledge/gaps"),
            ("answers-due", "/knowledge?which=due"),
            ("desk-views", "/desk/views"),
            ("desk-texts", "/desk/texts"),
            ("desk-macros", "/desk/macros"),
            ("desk-macro", "/desk/macros>main a[href^='/desk/macros/']"),
            ("desk-templates", "/desk/templates"),
            ("desk-template", "/desk/templates>main a[href^='/desk/templates/']"),
            ("desk-recurring", "/desk/recurring"),
            ("desk-recurring-one", "/desk/recurring>main a[href^='/desk/recurring/']"),
            ("desk-quick", "/desk/t/INC-2/quick?q=open&listed=true"),
            (
                "desk-columns",
                "/desk/q/all?columns=category,group,priority,state,requester,changed,promise,assignee,raised",
            ),
            ("desk-together", "/desk/together?t=INC-2&t=INC-3&t=INC-4"),
            ("desk-approval", "/desk/t/INC-2/approval"),
            ("desk-outage", "/desk/t/INC-1/outage"),
            ("desk-problems", "/desk/q/problems"),
            ("desk-problem", "/desk/q/problems>#list [data-row]"),
            ("desk-problem-new", "/desk/problems/new?cause_of=INC-1"),
            ("modules", "/desk/modules"),
            ("module", "/desk/modules/problem"),
        ],
    ),
    ("agent_concurrent", &[("module-lacking", "/desk/modules/problem")]),
    (
        "licence_manager",
        &[
            ("licences", "/licences"),
            ("licence", "/licences>.pool-name a"),
            ("licence-tokens", "/licences>.pool:nth-of-type(3) .pool-name a"),
            ("licence-rules", "/licences>.pool:nth-of-type(3) .pool-name a>.page-head a.button"),
            ("licence-use-month", "/licences>.pool:nth-of-type(3) .pool-name a>a[href*='range=month']"),
            ("licence-use-year", "/licences>.pool:nth-of-type(3) .pool-name a>a[href*='range=year']"),
            (
                "licence-holders",
                "/licences>.pool:nth-of-type(3) .pool-name a>a[href*='range=week']>.chart a[href*='&at=']",
            ),
            ("licence-new", "/licences/new"),
            ("licence-actions", "/licences/actions"),
            ("contracts", "/licences/contracts"),
            ("contract", "/licences/contracts>tbody tr:nth-child(2) a"),
            ("contract-new", "/licences/contracts/new"),
            ("contract-line", "/licences/contracts>tbody tr:nth-child(2) a>table a.button"),
            ("contract-import", "/licences/contracts/import"),
            ("position", "/licences/position"),
            ("true-ups", "/licences/true-ups"),
        ],
    ),
    ("finance", &[("effort", "/desk/effort")]),
    ("auditor", &[("audit", "/audit"), ("audit-record", "/audit>table a")]),
    (
        "admin",
        &[
            ("desk-effort", "/desk/effort"),
            ("admin-people", "/admin/people"),
            ("admin-person", "/admin/people>table a"),
            ("admin-person-new", "/admin/people/new"),
            ("admin-groups", "/admin/groups"),
            ("admin-accounts", "/admin/accounts"),
            ("admin-settings", "/admin/settings"),
            ("admin-catalogue", "/admin/catalogue"),
            ("admin-catalogue-item", "/admin/catalogue>table a"),
        ],
    ),
];

/// So often a page is loaded again of which the browser takes no picture.
const LOADED_AGAIN: usize = 4;

/// Opens a page of [`PAGES`].
pub(crate) async fn go(browser: &Browser, server: &Server, name: &str, path: &str) -> anyhow::Result<()> {
    let mut steps = path.split('>');
    let path = steps.next().unwrap_or_default();
    browser.goto(&server.at(path)).await?;
    for follow in steps {
        let link = browser.link(follow).await?;
        browser.goto(&link).await?;
    }
    // A page that says "not found" is looked at like any other; its status is no fault of it.
    if name == "not-found" {
        browser.complaints().await?;
    }
    Ok(())
}

#[tokio::test]
async fn every_page_is_sound_in_every_size_and_scheme() -> anyhow::Result<()> {
    let server = demo()?;
    let cast = Cast::of(&server)?;
    let mut faults = Vec::new();
    for screen in Screen::ALL {
        for scheme in Scheme::ALL {
            let browser = Browser::open(screen, scheme).await?;
            for (role, pages) in PAGES {
                if !role.is_empty() {
                    browser.goto(&cast.link(role)?).await?;
                }
                for (name, path) in *pages {
                    go(&browser, &server, name, path).await?;
                    let name = *name;
                    let picture = format!("page-{name}");
                    let mut seen = browser.inspect(&picture).await;
                    // Chromium 148 at times takes no picture of a page, whoever asks how often, until it was left and loaded
                    // again. A fault of the page itself is never looked at twice.
                    for _ in 0..LOADED_AGAIN {
                        let Err(fault) = &seen else { break };
                        if !test_support::is_of_the_browser(fault) {
                            break;
                        }
                        eprintln!("{name} is looked at again: {fault:#}");
                        let address = browser.address().await?;
                        browser.goto("about:blank").await?;
                        browser.goto(address.as_str()).await?;
                        seen = browser.inspect(&picture).await;
                    }
                    if let Err(fault) = seen {
                        faults.push(format!("{name}: {fault:#}"));
                    }
                }
            }
        }
    }
    ensure!(faults.is_empty(), "{} pages are not sound\n{}", faults.len(), faults.join("\n\n"));
    Ok(())
}
