//! Draws every kind of page with sample data into a folder, to be looked at before a page is called done:
//! `cargo run -p freehold-web --example gallery -- DIR`.

use std::path::Path;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use maud::{Markup, html};
use web::ui::{self, Clock, Entry, Icon, Look, Sla, Stage, Standing, Tone, Voice, assets};

const CSRF: &str = "sample";
const LONG: &str = "Betriebsstättenübergreifende Rechnungseingangsverarbeitung meldet seit der Umstellung sporadisch Zeitüberschreitungen!!";

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "gallery".to_owned());
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder.join("assets"))?;
    for file in [assets::File::Style, assets::File::Script, assets::File::Icons, assets::File::Favicon] {
        let url = assets::url(file);
        if let Some(asset) = assets::asset(url) {
            std::fs::write(folder.join(url.trim_start_matches('/')), &asset.bytes)?;
        }
    }
    let zone = TimeZone::get("Europe/Stockholm").unwrap_or(TimeZone::UTC);
    let clock =
        Clock { now: Timestamp::from_second(1_795_430_000).unwrap_or(Timestamp::UNIX_EPOCH), zone: &zone };
    let pages = [
        ("portal", "Home", portal(clock)),
        ("portal-answers", "vpn keeps dropping", portal_answers(clock)),
        ("portal-raise", "New ticket", portal_raise()),
        ("tickets", "My tickets", my_tickets(clock)),
        ("tickets-empty", "My tickets", my_tickets_empty()),
        ("ticket", "Second screen flickers", my_ticket(clock)),
        ("me", "Me", me()),
        ("desk-list", "My queue", desk_list(clock)),
        ("desk-empty", "Unassigned", desk_empty()),
        ("desk-ticket", "INC-1038", desk_ticket(clock, &html! {}, token(), false)),
        ("desk-note", "INC-1038", desk_ticket(clock, &html! {}, exclusive(), true)),
        ("desk-verdict", "INC-1038", desk_ticket(clock, &verdict(), queued(), false)),
        ("desk-conflict", "INC-1038", desk_ticket(clock, &conflict(), offer(), false)),
        ("licences", "Licences", licences()),
        ("audit", "Audit", audit(clock)),
        ("audit-record", "Audit record 18204", audit_record(clock)),
        ("sign-in", "Sign in", sign_in(&[])),
        (
            "sign-in-wrong",
            "Sign in",
            sign_in(&[(
                "password",
                "That address and password do not belong together. Try again, or ask for a sign-in link.",
            )]),
        ),
        ("error-404", "Not found", not_found()),
        ("error-500", "Something broke", broken()),
    ];
    for (name, title, body) in &pages {
        let page = ui::document(title, Look::default(), &html! {}, body);
        std::fs::write(folder.join(format!("{name}.html")), page.into_string())?;
    }
    println!("{} pages in {}", pages.len(), folder.display());
    Ok(())
}

fn ago(clock: Clock<'_>, minutes: i64) -> Timestamp {
    clock.now - SignedDuration::from_mins(minutes)
}

fn employee(tab: Option<ui::EmployeeTab>, main: &Markup) -> Markup {
    ui::employee(&ui::Employee { tab, person: "Åsa Berg", rooms: &[], top: &html! {} }, main)
}

const STEPS: [&str; 4] = ["Received", "Someone is on it", "Waiting for you", "Solved"];

fn ticket_card(href: &str, subject: &str, now: usize, line: &str, needs_you: bool) -> Markup {
    html! {
        li { a.ticket-card.needs-you[needs_you] href=(href) { b { (subject) } (ui::progress(STEPS, now, true)) p { (line) } } }
    }
}

fn portal(_: Clock<'_>) -> Markup {
    employee(
        Some(ui::EmployeeTab::Home),
        &html! {
            h1 { "What is in your way?" }
            (ui::ask("/", "", "Search, or say what is wrong", Some("answers")))
            div id="answers" {}
            section.group {
                (ui::notice(Tone::Warn, &html! { b { "VPN gateway trouble since Monday" } div { "31 people follow it. A fix is expected today at 15:00." } }, &html! { a.button href="#" { "Me too" } }))
            }
            section.group {
                div.group-head { h2 { "Your tickets" } a.link href="/tickets" { "All 14" } }
                ul {
                    (ticket_card("#1", "Second screen flickers", 2, "We need a photo of the cable from you.", true))
                    (ticket_card("#2", "Access to the finance share", 1, "Waiting for the owner's approval, usually within a day.", false))
                    (ticket_card("#3", LONG, 0, "Received 4 min ago. We usually answer within an hour.", false))
                }
            }
            section.group {
                h2 { "For you to approve" }
                ul.list { li.item { div { b { "Laptop for the new starter" } small { "1 December · € 1,240" } }
                    (ui::act("#", CSRF, &[], None, "main", "Approve")) a.button.bare href="#" { "Decline…" } } }
            }
        },
    )
}

fn portal_answers(_: Clock<'_>) -> Markup {
    employee(
        Some(ui::EmployeeTab::Home),
        &html! {
            h1 { "What is in your way?" }
            (ui::ask("/", "vpn keeps dropping", "Search, or say what is wrong", Some("answers")))
            div.group id="answers" {
                div.list {
                    a.item href="#" { (ui::icon(Icon::Book)) div { b { "When the VPN will not stay up" } small { "Helped 214 people this month · 2 minutes" } } (ui::icon(Icon::Right)) }
                    a.item href="#" { (ui::icon(Icon::Bell)) div { b { "VPN gateway trouble since Monday" } small { "Known · 31 people follow it · fix expected today 15:00" } } (ui::icon(Icon::Right)) }
                    a.item href="#" { (ui::icon(Icon::Ticket)) div { b { "VPN on the train" } small { "Your ticket of March, solved" } } (ui::icon(Icon::Right)) }
                    a.item.send href="#" { (ui::icon(Icon::Plus)) div { "Nothing fits: send it as it is" } (ui::icon(Icon::Right)) }
                }
            }
        },
    )
}

fn portal_raise() -> Markup {
    let errors =
        [("subject", "Say in a few words what is wrong."), ("urgency", "Choose how much it hinders you.")];
    employee(
        None,
        &html! {
            a.back href="/" { (ui::icon(Icon::Left)) "Home" }
            h1 { "Tell us what is wrong" }
            form.form method="post" action="/tickets" enctype="multipart/form-data" {
                (ui::csrf_field(CSRF))
                (ui::error_summary(&errors))
                (ui::field(&ui::Field { hint: "As you would say it to a colleague.", error: Some(errors[0].1), ..ui::Field::new("subject", "In a few words") }))
                (ui::field(&ui::Field { input: ui::Input::Area, required: false, hint: "When did it start? What did you expect?", value: "Seit heute Morgen druckt der Etikettendrucker nur noch halbe Etiketten.", draft: "new", ..ui::Field::new("description", "More about it") }))
                (ui::field(&ui::Field { input: ui::Input::Choice(&[("", "Choose…"), ("1", "I cannot work"), ("2", "I can work, but badly"), ("3", "It can wait")]), error: Some(errors[1].1), ..ui::Field::new("urgency", "How much does it hinder you?") }))
                (ui::field(&ui::Field { input: ui::Input::Files, required: false, ..ui::Field::new("files", "Photos or files") }))
                div { button.button.main.large { "Send" } }
            }
        },
    )
}

fn my_tickets(_: Clock<'_>) -> Markup {
    employee(
        Some(ui::EmployeeTab::Tickets),
        &html! {
            div.page-head { h1 { "Your tickets" } div.inline { a.button.main href="/tickets/new" { (ui::icon(Icon::Plus)) "New ticket" } } }
            ul {
                (ticket_card("#1", "Second screen flickers", 2, "We need a photo of the cable from you.", true))
                (ticket_card("#2", "Access to the finance share for the audit week", 1, "Waiting for the owner's approval, usually within a day.", false))
                (ticket_card("#3", LONG, 0, "Received 4 min ago. We usually answer within an hour.", false))
            }
            section.group { h2 { "Solved" } ul { (ticket_card("#4", "Mail rule forwards everything to a colleague", 4, "Solved yesterday. Not right? Reopen it.", false)) } }
            (ui::pager(None, Some("#"), "1–4 of 14"))
        },
    )
}

fn my_tickets_empty() -> Markup {
    employee(
        Some(ui::EmployeeTab::Tickets),
        &html! {
            h1 { "Your tickets" }
            (ui::empty(Icon::Ticket, "Nothing is open", "When something is in your way, search first: half of all questions have an answer waiting.", &html! { a.button.main href="/" { "Search for an answer" } }))
        },
    )
}

fn my_ticket(clock: Clock<'_>) -> Markup {
    let entries = [
        Entry::Comment(ui::Comment {
            mine: true,
            ..words(
                "c1",
                Voice::Public,
                "Åsa Berg",
                "portal, phone",
                ago(clock, 190),
                html! { p { "The second screen flickers whenever the laptop sits in the dock. Without the dock it is fine." } },
            )
        }),
        Entry::Event(ui::Event { text: html! { "Rana Haddad is on it" }, by: "", at: ago(clock, 150) }),
        Entry::Comment(ui::Comment {
            attachments: &[ui::Attachment { href: "#", name: "which-cable-do-i-mean.jpg", size: "214 KB" }],
            ..words(
                "c2",
                Voice::Public,
                "Rana Haddad",
                "",
                ago(clock, 30),
                html! { p { "Thank you. That is often the cable. Could you send a photo of the plug at the dock, like the one below?" } },
            )
        }),
    ];
    employee(
        None,
        &html! {
            a.back href="/tickets" { (ui::icon(Icon::Left)) "Your tickets" }
            h1 { "Second screen flickers" }
            div id="ticket-head" data-live-topic="ticket:1" { (ui::progress(STEPS, 2, false)) }
            p.soft { "We need a photo of the cable from you. " span.quiet { "INC-1029" } }
            div id="sheet" {}
            div.talk id="timeline" data-live-topic="ticket:1" { (ui::timeline(&entries, clock)) }
            (ui::answer("#", CSRF, &[("version", "4")], "1:mine", "Rana Haddad and the service desk will read this", "Send answer"))
        },
    )
}

fn me() -> Markup {
    employee(
        Some(ui::EmployeeTab::Me),
        &html! {
            h1 { "Me" }
            div.who { (ui::large_face("Åsa Berg")) div { b { "Åsa Berg" } div.quiet { "asa.berg@example.org · Radiology, Malmö" } } }
            section.group { h2 { "Look" } (ui::look_switch(Look::default(), CSRF, "/me")) }
            section.group { h2 { "Session" } (ui::act("/sign-out", CSRF, &[], None, "", "Sign out")) }
        },
    )
}

fn words<'a>(
    id: &'a str,
    voice: Voice,
    by: &'a str,
    channel: &'a str,
    at: Timestamp,
    body: Markup,
) -> ui::Comment<'a> {
    ui::Comment { id, voice, by, via: None, channel, at, body, attachments: &[], mine: false }
}

fn token() -> ui::Seat<'static> {
    ui::Seat::Token { licence: "Technicians", number: 7, of: 10, waiting: 2, idle: None }
}
fn exclusive() -> ui::Seat<'static> {
    ui::Seat::Exclusive { licence: "Service desk" }
}
fn queued() -> ui::Seat<'static> {
    ui::Seat::Queued { licence: "Technicians", place: 2, wait: Some("about 6 min") }
}
fn offer() -> ui::Seat<'static> {
    ui::Seat::Offer { licence: "Technicians", left: "1 min 40 s", take: "/desk/seat" }
}

fn shell(seat: ui::Seat<'_>, list: &Markup, ticket: Option<&Markup>, context: Option<&Markup>) -> Markup {
    let link = |icon, label, count, current| ui::SideLink {
        href: "/desk",
        icon,
        label,
        count: Some(count),
        tone: Tone::Plain,
        current,
    };
    let mine = [
        link(Icon::Inbox, "My queue", 24, true),
        ui::SideLink { tone: Tone::Bad, ..link(Icon::Clock, "SLA at risk", 3, false) },
        link(Icon::Nobody, "Unassigned", 27, false),
        link(Icon::Moon, "Snoozed", 5, false),
    ];
    let groups = [
        link(Icon::People, "Workplace", 41, false),
        link(Icon::People, "Network", 18, false),
        link(Icon::People, "Rechnungseingangsverarbeitung", 1_204, false),
    ];
    let rooms = [
        ui::SideLink { count: None, ..link(Icon::Chart, "Licences", 0, false) },
        ui::SideLink { count: None, ..link(Icon::Shield, "Audit", 0, false) },
    ];
    ui::desk(&ui::Desk {
        side: &[
            ui::SideGroup { title: "", links: &mine },
            ui::SideGroup { title: "Groups", links: &groups },
            ui::SideGroup { title: "Rooms", links: &rooms },
        ],
        seat: &ui::seat_box(&seat, CSRF),
        person: "Rana Haddad",
        list,
        ticket,
        context,
        find: "/desk/find",
        search: "/desk/search",
    })
}

const SUBJECTS: [(&str, &str, &str); 12] = [
    ("Scanner at ward 4 eats badges and jams", "A. Okafor", "hardware"),
    ("VPN drops every ten minutes since Monday's update", "M. Lindqvist", "network"),
    ("Cannot open discharge letters in the records app", "P. Danso", "clinical apps"),
    ("New starter on 1 December: laptop, badge, mailbox", "S. Marchetti", "onboarding 2 of 6"),
    ("Second screen flickers when docked", "J. Ferreira", "waiting for a photo"),
    ("Access to the finance share for the audit week", "L. Brandt", "approval: owner"),
    ("Label printer prints half a label", "T. Mbeki", "hardware"),
    ("Mail rule forwards everything to a colleague", "K. Novák", "mail"),
    (LONG, "Friederike von Schnitzler-Wittgenstein", "Rechnungswesen"),
    ("Password reset for the night shift account", "Y. Tanaka", "identity"),
    ("Meeting room 3.12: no sound from the ceiling speakers", "O. Ilves", "rooms"),
    ("Laptop battery swollen", "B. Nkemelu", "hardware"),
];

fn rows(clock: Clock<'_>, current: Option<usize>) -> Markup {
    let ids: Vec<(String, String)> =
        (0..24).map(|nth| (format!("{nth}"), format!("INC-{}", 1_042 - nth))).collect();
    let cell = |name, label, words: &'static str| ui::Cell { name, label, words: words.into(), quick: false };
    let cells: Vec<_> = (0..ids.len())
        .map(|nth| SUBJECTS[nth % SUBJECTS.len()])
        .map(|(_, requester, tag)| {
            [cell("category", "Category", tag), cell("requester", "Requester", requester)]
        })
        .collect();
    let rows: Vec<_> = ids
        .iter()
        .enumerate()
        .map(|(nth, (id, number))| {
            let (subject, _, tag) = SUBJECTS[nth % SUBJECTS.len()];
            let (stage, state) = [(Stage::New, "New"), (Stage::Working, "In progress"), (Stage::Working, "In progress"), (Stage::New, "New"), (Stage::Waiting, "Waiting for the requester"), (Stage::Waiting, "Waiting for approval"), (Stage::Working, "In progress"), (Stage::Solved, "Solved"), (Stage::Working, "In progress"), (Stage::Closed, "Closed"), (Stage::Cancelled, "Cancelled")][nth % 11];
            let (standing, text) = [(Standing::Breached, "18 min over"), (Standing::AtRisk, "1 h 12"), (Standing::OnTrack, "3 h"), (Standing::OnTrack, "2 d"), (Standing::Paused, "paused"), (Standing::Paused, "paused"), (Standing::OnTrack, "5 h"), (Standing::Met, "met")][nth % 8];
            ui::QueueRow {
                id,
                href: "/desk/INC-1038",
                stage,
                state,
                number,
                subject,
                cells: &cells[nth],
                assignee: Some((nth % 3 != 0).then_some(if nth % 2 == 0 { "Rana Haddad" } else { "D. Sato" })),
                progress: (nth % 5 == 1).then_some("3 of 7"),
                sla: (!tag.is_empty() && nth != 9).then_some(Sla { standing, text, reason: "Resolve by 12:04, business hours; paused 40 min while waiting for the requester." }),
                at: Some(ago(clock, 4 + i64::try_from(nth * nth * 17).unwrap_or(0))),
                quick: None,
                tight: false,
                unread: nth % 8 == 0 || nth % 8 == 3,
                current: current == Some(nth),
                pick: false,
            }
        })
        .collect();
    html! { (ui::queue(&rows, false, clock)) (ui::pager(None, Some("#"), "1–24 of 312")) }
}

fn list(clock: Clock<'_>, alone: bool, current: Option<usize>) -> Markup {
    ui::list_pane(&ui::ListPane {
        title: "My queue",
        summary: "24 open",
        tools: &html! { @if alone { (ui::search_box("/desk", "", "Search tickets", Some("list"))) } a.chip href="#" { "Priority ↓" } },
        body: &rows(clock, current),
        alone,
        topic: "queue:mine",
    })
}

fn desk_list(clock: Clock<'_>) -> Markup {
    shell(token(), &list(clock, true, None), None, None)
}

fn desk_empty() -> Markup {
    let body = ui::empty(
        Icon::Check,
        "Nobody waits here",
        "New tickets appear by themselves. Your other queues have 66 open.",
        &html! { a.button href="/desk" { "Open my queue" } },
    );
    let pane = ui::list_pane(&ui::ListPane {
        title: "Unassigned",
        summary: "",
        tools: &html! {},
        body: &body,
        alone: true,
        topic: "queue:none",
    });
    shell(ui::Seat::Free { licence: "Technicians", tokens: Some(3) }, &pane, None, None)
}

fn desk_ticket(clock: Clock<'_>, notice: &Markup, seat: ui::Seat<'_>, note: bool) -> Markup {
    let changed = |text: &str, minutes| {
        Entry::Event(ui::Event {
            text: html! { (text) },
            by: "rule Cluster look-alikes",
            at: ago(clock, minutes),
        })
    };
    let entries = [
        Entry::Comment(words(
            "c1",
            Voice::Public,
            "M. Lindqvist",
            "portal, phone",
            ago(clock, 108),
            html! { p { "Since the update on Monday the VPN disconnects about every ten minutes, on Wi-Fi and at home. I have to sign in again each time and lose what I typed in the records app." } },
        )),
        Entry::Event(ui::Event {
            text: html! { "Priority set to 2 · high " (ui::why("why-priority", "why", "Impact on the department and high urgency make priority 2.", &[("Impact", "department"), ("Urgency", "high"), ("Matrix", "version 3")])) },
            by: "",
            at: ago(clock, 108),
        }),
        Entry::Event(ui::Event {
            text: html! { "You took it with a concurrent token" },
            by: "",
            at: ago(clock, 98),
        }),
        Entry::Comment(ui::Comment {
            via: Some("Network monitor"),
            ..words(
                "c2",
                Voice::Note,
                "D. Sato",
                "",
                ago(clock, 92),
                html! { p { "Gateway " code { "eu-2" } " renegotiates every 600 s since the 6.4 roll-out. Four tickets match:" } ul { li { "INC-1040, INC-1041" } li { "INC-1044, INC-1045" } } },
            )
        }),
        Entry::Comment(ui::Comment {
            mine: true,
            attachments: &[ui::Attachment {
                href: "#",
                name: "gateway-wechsel-anleitung.pdf",
                size: "88 KB",
            }],
            ..words(
                "c3",
                Voice::Public,
                "Rana Haddad",
                "by e-mail",
                ago(clock, 81),
                html! { p { "Thank you. Please switch to gateway eu-1 in the VPN menu; it should hold. I keep this open until the fix is in." } },
            )
        }),
        changed("Linked to INC-1040", 79),
        changed("Linked to INC-1041", 79),
        changed("Linked to INC-1044", 79),
        changed("Tag vpn-eu-2 added", 79),
    ];
    let sla = Sla {
        standing: Standing::AtRisk,
        text: "1 h 12 left",
        reason: "Resolve by 12:04: 4 business hours from 09:04, less 40 min waiting for the requester.",
    };
    let chips = html! {
        (ui::state_chip(Stage::Working, "In progress"))
        (ui::sla_why("sla-1", &sla, &[("09:04–09:31 running", "27 min"), ("09:31–10:11 paused", "waiting for requester"), ("since 10:11 running", "41 min")]))
    };
    let verbs = html! { button.button type="button" data-command="Assign" { "Assign" } button.button type="button" data-command="Snooze" { "Snooze" } };
    let others = [ui::Companion { name: "D. Sato", typing: true }];
    let ticket = ui::ticket_pane(&ui::TicketPane {
        number: "INC-1038",
        subject: if note { LONG } else { "VPN drops every ten minutes since Monday's update" },
        chips: &chips,
        here: &ui::here(&ui::Here { address: "#", csrf: CSRF, topic: "writing:1", others: &others }),
        verbs: &verbs,
        notice,
        timeline: &ui::timeline(&entries, clock),
        composer: &ui::composer(&ui::Composer {
            number: "INC-1038",
            next: Some("INC-1040"),
            advance: false,
            action: "#",
            csrf: CSRF,
            hidden: &[("version", "12")],
            draft: "me:INC-1038",
            draft_at: None,
            keep: "#",
            texts: "#",
            written: &ui::being_written("#", "writing:1", &others, &[]),
            text: if note { "Gateway team confirms: fix at 15:00." } else { "" },
            note,
            readers: "M. Lindqvist and 2 watchers",
            note_readers: "Technicians of Network",
            can_solve: true,
            spent: Some(""),
            error: None,
        }),
        back: ("/desk", "My queue"),
        place: &ui::in_list(&ui::InList {
            list: "My queue",
            words: "7 of 32",
            before: Some(("INC-1036", "#")),
            after: Some(("INC-1040", "#")),
        }),
        topic: "ticket:1",
    });
    let context = html! {
        (ui::section("Requester", &ui::who("M. Lindqvist", "Radiology · Malmö · 10:52 there")))
        (ui::section("Details", &ui::facts(&[("Assignee", html! { "You" }), ("Group", html! { "Network" }), ("Priority", html! { "2 · high" }), ("Service", html! { "Remote access" }), ("Source", html! { "INC0000045" })])))
        (ui::section("Promise", &ui::facts(&[("Response", html! { span.tone-ok { "met in 27 min" } }), ("Resolve", html! { "by 12:04, business hours" })])))
        (ui::section("Same trouble", &html! { a.link href="#" { "INC-1040" } ", " a.link href="#" { "INC-1041" } ", " a.link href="#" { "INC-1044" } }))
        (ui::section("Watching", &html! { span.faces { (ui::face("D. Sato")) (ui::face("K. Novák")) } }))
    };
    shell(seat, &list(clock, false, Some(4)), Some(&ticket), Some(&context))
}

fn verdict() -> Markup {
    let holder = |name, since| ui::Holder { name, since };
    ui::verdict_sheet(&ui::VerdictSheet {
        title: "All ten Technicians tokens are taken",
        needs: "Sending a reply needs one. Reading, and your own tickets, do not.",
        holders: &[
            holder("D. Sato", "idle 4 min"),
            holder("K. Novák", "since 09:12"),
            holder("O. Ilves", "since 08:40"),
            holder("Y. Tanaka", "since 09:55"),
        ],
        place: Some((2, 3)),
        wait: Some("about 6 min"),
        text: "Thank you. Please switch to gateway eu-1 in the VPN menu; it should hold.",
        acts: &html! { (ui::act("#", CSRF, &[], Some("seat sheet"), "main", "Tell me when one is free")) (ui::act("#", CSRF, &[], None, "", "Ask for a seat")) },
    })
}

fn conflict() -> Markup {
    ui::notice(
        Tone::Warn,
        &html! { b { "D. Sato changed this while you were writing." } div { "State was set to Waiting for the supplier. Your text is below, unsent." } },
        &html! { a.button href="#" { "Show both" } },
    )
}

fn manager(nav: &str, main: &Markup) -> Markup {
    let nav: Vec<_> =
        [("/desk", "Desk"), ("/licences", "Licences"), ("/audit", "Audit"), ("/admin", "Administration")]
            .into_iter()
            .map(|(href, word)| (href, word, href == nav))
            .collect();
    ui::manager(&ui::Manager { person: "Mirja Kallio", nav: &nav }, main)
}

fn licences() -> Markup {
    use ui::CellKind::{Active, Assigned, Free, Idle, Waiting};
    const NAMES: [&str; 10] = [
        "Rana Haddad",
        "D. Sato",
        "K. Novák",
        "O. Ilves",
        "Y. Tanaka",
        "L. Brandt",
        "T. Mbeki",
        "P. Danso",
        "S. Marchetti",
        "A. Okafor",
    ];
    let cells = |parts: &[(ui::CellKind, usize)]| -> Vec<ui::PoolCell<'static>> {
        parts
            .iter()
            .flat_map(|(kind, count)| {
                (0..*count).map(|nth| ui::PoolCell {
                    kind: *kind,
                    name: if *kind == Free { "" } else { NAMES[nth % 10] },
                })
            })
            .collect()
    };
    let figure = |value, label| ui::Kpi { value, label, href: Some("#"), tone: Tone::Plain };
    let pools = [
        (
            "Service desk",
            "exclusive",
            "never refused · 30 seats",
            cells(&[(Assigned, 27), (Free, 3)]),
            "27 assigned, 3 vacant",
            "2 idle for 30 days",
            Tone::Plain,
        ),
        (
            "Technicians",
            "concurrent",
            "TTL 5 min · linger 2 min",
            cells(&[(Active, 7), (Idle, 2), (Free, 1), (Waiting, 2)]),
            "7 active, 2 idle, 1 free",
            "2 waiting · offer open 1:12",
            Tone::Bad,
        ),
        (
            "Change",
            "exclusive module",
            "needs Service desk",
            cells(&[(Assigned, 8)]),
            "8 of 8 assigned",
            "3 on the ranked list",
            Tone::Warn,
        ),
        (
            "Field engineers",
            "concurrent",
            "TTL 15 min",
            cells(&[(Active, 41), (Idle, 12), (Free, 67)]),
            "41 active, 12 idle, 67 free",
            "peak 64 in 90 days: buy fewer",
            Tone::Plain,
        ),
    ];
    let steps: Vec<_> = [
        (0, "00:00", 3),
        (120, "02:00", 2),
        (300, "05:00", 4),
        (360, "06:00", 7),
        (420, "07:00", 9),
        (480, "08:00", 10),
        (600, "10:00", 8),
        (660, "11:00", 7),
        (720, "12:00", 9),
        (780, "13:00", 10),
        (900, "15:00", 9),
        (960, "16:00", 8),
        (1_020, "17:00", 6),
        (1_080, "18:00", 4),
        (1_260, "21:00", 2),
    ]
    .into_iter()
    .map(|(at, label, value)| ui::Step { at, label, value, low: value, href: None })
    .collect();
    manager(
        "/licences",
        &html! {
            (ui::page_head("Licences", "", &html! { a.button href="#" { "What needs what" } a.button.main href="#" { "Assign a seat" } }))
            (ui::kpis(&[figure("58", "entitled"), figure("46", "assigned, 0 unjustified"), figure("9 / 10", "tokens in use"), ui::Kpi { tone: Tone::Bad, ..figure("2", "waiting, longest 3 min") }, figure("€ 61,340", "a year · € 7,900 could be saved")]))
            (ui::panel("Now", &html! { (ui::chip(Tone::Plain, "live")) div.end { (ui::pool_legend()) } }, &html! {
                @for (name, metric, terms, cells, sum, more, tone) in &pools {
                    (ui::pool(&ui::Pool { name, href: "#", metric, terms, cells, sum, more, tone: *tone }))
                }
            }))
            (ui::panel("Technicians, today", &html! { (ui::chip(Tone::Plain, "exact, from 3,412 events")) (ui::chip(Tone::Bad, "5 true denials, 38 waiting minutes")) }, &html! { div.panel-body {
                (ui::step_chart(&ui::StepChart { enough: None, summary: "Technicians tokens in use today, at most 10 of 10", columns: ("From", "Tokens in use"), steps: &steps, until: 1_440, ticks: &[(0, "00:00"), (180, "03:00"), (360, "06:00"), (540, "09:00"), (720, "12:00"), (900, "15:00"), (1_080, "18:00"), (1_260, "21:00")], limit: Some((10, "10 tokens")), mark: Some((540, "08:00–10:00 full: ten names")) }))
            } }))
            div.split {
                (ui::panel("In the queue", &html! {}, &html! { table.table.fold-phone {
                    thead { tr { th scope="col" { "Who" } th scope="col" { "Licence" } th.num scope="col" { "Waiting" } } }
                    tbody { @for (who, licence, since) in [("S. Marchetti", "Technicians", "3 min"), ("A. Okafor", "Technicians", "1 min")] { tr { td.lead { (ui::who(who, "")) } td data-label="Licence" { (licence) } td.num data-label="Waiting" { (since) } } } }
                } }))
                (ui::panel("Denials today", &html! {}, &html! { table.table.fold-phone {
                    thead { tr { th scope="col" { "Who" } th scope="col" { "Why" } th.num scope="col" { "When" } } }
                    tbody { @for (who, why, at) in [("Friederike von Schnitzler-Wittgenstein", "pool full, queued", "09:12"), ("A. Okafor", "no entitlement", "08:57")] { tr { td.lead { (ui::who(who, "")) } td data-label="Why" { (why) } td.num data-label="When" { (at) } } } }
                } }))
            }
        },
    )
}

fn audit(clock: Clock<'_>) -> Markup {
    let acts = [
        ("reply.send", "Rana Haddad", "INC-1038", "token 7 of Technicians"),
        ("ticket.create", "Åsa Berg", "INC-1042", "requester"),
        ("lease.offer", "Freehold", "Technicians", "to S. Marchetti"),
        ("note.add", "D. Sato via Network monitor", "INC-1038", "held, released by Rana Haddad"),
        ("assignment.refuse", "Mirja Kallio", "Change", "8 of 8 assigned"),
    ];
    manager(
        "/audit",
        &html! {
            (ui::page_head("Audit", "18,204 records. Each is bound to all before it; the log verifies up to the last checkpoint, 2 min ago.", &html! { a.button href="#" { "Export" } }))
            (ui::notice(Tone::Ok, &html! { b { "The log verifies." } " Root " span.hash { "9f2c61d0a7e4…b1" } }, &html! {}))
            (ui::panel("Records", &html! { div.end { (ui::search_box("/audit", "", "Search the log", None)) } }, &html! { div.table-scroll { table.table.fold-phone {
                thead { tr { th scope="col" { "Record" } th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "Did" } th scope="col" { "To" } th scope="col" { "By right of" } } }
                tbody { @for (nth, (act, who, to, right)) in acts.iter().cycle().take(15).enumerate() { tr {
                    td.lead { a.link href="audit-record.html" { (18_204 - nth) } } td data-label="When" { (ui::time(ago(clock, i64::try_from(nth * 7).unwrap_or(0)), clock)) } td data-label="Who" { (who) } td data-label="Did" { code { (act) } } td data-label="To" { (to) } td data-label="By right of" { (right) }
                } } }
            } } (ui::pager(Some("#"), Some("#"), "")) }))
        },
    )
}

fn audit_record(clock: Clock<'_>) -> Markup {
    manager(
        "/audit",
        &html! {
            (ui::page_head("Record 18204", "Proved to be in the log by 14 hashes; checked on this server just now.", &html! { a.button href="#" { "Download the proof" } }))
            (ui::panel("What happened", &html! {}, &html! { div.panel-body { (ui::facts(&[("Person", html! { "Rana Haddad" }), ("Signed in as", html! { "rana.haddad@example.org" }), ("Channel", html! { "page" }), ("Act", html! { code { "reply.send" } }), ("To", html! { a.link href="#" { "INC-1038" } }), ("By right of", html! { "token 7 of Technicians, fencing number 4411" }), ("When", ui::time(ago(clock, 2), clock))])) } }))
            (ui::panel("Proof", &html! { (ui::icon_chip(Tone::Ok, Icon::Shield, "included")) }, &html! { div.panel-body { p.hash { "7d1b8a52e0c94f63a1d2c3b4958677e0f1a2b3c4d5e6f708192a3b4c5d6e7f80" } } }))
        },
    )
}

fn sign_in(errors: &[(&str, &str)]) -> Markup {
    ui::single(&html! {
        h1 { "Sign in" }
        p.lead { "to the service desk of Södra Regionen" }
        form.form method="post" action="/sign-in" {
            (ui::csrf_field(CSRF))
            (ui::error_summary(errors))
            (ui::field(&ui::Field { input: ui::Input::Line("email"), autocomplete: "username", ..ui::Field::new("email", "E-mail") }))
            (ui::field(&ui::Field { input: ui::Input::Line("password"), autocomplete: "current-password", error: errors.first().map(|e| e.1), ..ui::Field::new("password", "Password") }))
            button.button.main.large.wide { "Sign in" }
        }
    })
}

fn not_found() -> Markup {
    ui::single(&ui::error_page(
        404,
        "There is no such ticket",
        "It may have been merged into another, or the address was cut. Search for its number or a word of it.",
        &[("/", "Search"), ("/tickets", "Your tickets")],
    ))
}

fn broken() -> Markup {
    ui::single(&ui::error_page(
        500,
        "Something broke on our side",
        "Nothing you typed was lost. Try again; if it stays, tell the service desk the number 01JD8K3M.",
        &[("", "Try again")],
    ))
}
