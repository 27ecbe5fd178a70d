//! The document around every page, and the three shells: employee, desk, manager; and the single column for
//! sign-in and errors.

use maud::{DOCTYPE, Markup, html};

use super::assets::{File, url};
use super::icon::{Icon, icon};
use super::notice::live_region;
use super::word::{Tone, face};
use crate::words::{LANGUAGE_COOKIE, Language, key, language, say, t};

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident($cookie:literal, $label:literal) {
        $($(#[$each:meta])* $choice:ident = $value:literal, $icon:ident, $word:literal;)+
    })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name { $($(#[$each])* $choice),+ }

        impl $name {
            /// The cookie it is kept in.
            pub const COOKIE: &str = $cookie;

            /// Reads the value of the cookie; anything unknown is as it was before anybody chose.
            pub fn from_cookie(value: Option<&str>) -> Self {
                match value {
                    $(Some($value) => Self::$choice,)+
                    _ => Self::default(),
                }
            }

            /// The value of the cookie and of the attribute of the document.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$choice => $value),+ }
            }

            fn switch(self) -> Markup {
                html! {
                    div.inline role="group" aria-label=(t!($label)) {
                        $(button.button name=($cookie) value=($value) aria-pressed=(self == Self::$choice) {
                            (icon(Icon::$icon)) (t!($word))
                        })+
                    }
                }
            }
        }
    )+};
}

choices! {
    /// Light, dark, or what the system says.
    Theme("theme", "Light or dark") {
        /// As the reader's system is set.
        #[default]
        System = "system", Contrast, "As the system";
        /// Always light.
        Light = "light", Sun, "Light";
        /// Always dark.
        Dark = "dark", Moon, "Dark";
    }
    /// How strongly things stand out from each other.
    Contrast("contrast", "Contrast") {
        /// As the reader's system is set.
        #[default]
        System = "system", Contrast, "Contrast as the system";
        /// As strongly as can be.
        High = "high", Eye, "High contrast";
    }
    /// How much room things have.
    Density("density", "Room") {
        /// Room for the eye.
        #[default]
        Comfortable = "comfortable", Menu, "Comfortable";
        /// More on one screen. Where fingers press, targets stay as large as fingers.
        Compact = "compact", More, "Compact";
    }
}

/// How somebody wants pages to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Light or dark.
    pub theme: Theme,
    /// How strongly things stand out.
    pub contrast: Contrast,
    /// How much room things have.
    pub density: Density,
}

impl Look {
    /// Reads the cookies that it is kept in.
    pub fn from_cookies<'c>(cookie: impl Fn(&str) -> Option<&'c str>) -> Self {
        Self {
            theme: Theme::from_cookie(cookie(Theme::COOKIE)),
            contrast: Contrast::from_cookie(cookie(Contrast::COOKIE)),
            density: Density::from_cookie(cookie(Density::COOKIE)),
        }
    }
}

/// A whole page. `title` is its own name, without ours; `head` may add elements such as `meta`; `body` is a shell.
pub fn document(title: &str, look: Look, head: &Markup, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language().as_str()) data-theme=(look.theme.name()) data-contrast=(look.contrast.name()) data-density=(look.density.name()) {
            head {
                meta charset="utf-8";
                title { (title) " · Freehold" }
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content="light dark";
                link rel="icon" type="image/svg+xml" href=(url(File::Favicon));
                link rel="apple-touch-icon" href=(url(File::AppTouch));
                link rel="manifest" href="/manifest.webmanifest";
                (around(look.theme))
                link rel="stylesheet" href=(url(File::Style));
                @if language() == Language::De { script type="module" src=(url(File::German)) {} }
                script type="module" src=(url(File::Script)) {}
                (head)
            }
            body {
                a.skip href="#main" { (t!("Skip to the content")) }
                (body)
                (live_region())
            }
        }
    }
}

/// What a system paints around an installed page: the ground of the page itself, `--bg`.
fn around(theme: Theme) -> Markup {
    let (light, dark) = ("#f7f7f4", "#0f1011");
    html! {
        @match theme {
            Theme::Light => { meta name="theme-color" content=(light); }
            Theme::Dark => { meta name="theme-color" content=(dark); }
            Theme::System => {
                meta name="theme-color" media="(prefers-color-scheme: light)" content=(light);
                meta name="theme-color" media="(prefers-color-scheme: dark)" content=(dark);
            }
        }
    }
}

/// Buttons that choose the look. Each posts its name and value, `csrf` and `next` to `/theme`; the script answers at once.
pub fn look_switch(current: Look, csrf: &str, next: &str) -> Markup {
    html! {
        form.look method="post" action="/theme" data-look-switch {
            input type="hidden" name="csrf" value=(csrf);
            input type="hidden" name="next" value=(next);
            (current.theme.switch())
            (current.contrast.switch())
            (current.density.switch())
        }
    }
}

/// Buttons that choose the language of this browser. Each posts its value and `next` to `/theme`.
pub fn language_switch(next: &str) -> Markup {
    html! {
        form.look method="post" action="/theme" {
            input type="hidden" name="next" value=(next);
            (languages())
        }
    }
}

/// Buttons that choose the language of whoever is signed in, wherever they sign in. Each posts its value to `/me/language`.
pub fn own_language_switch(csrf: &str) -> Markup {
    html! {
        form.look method="post" action="/me/language" {
            input type="hidden" name="csrf" value=(csrf);
            (languages())
        }
    }
}

fn languages() -> Markup {
    html! {
        div.inline role="group" aria-label=(t!("Language")) {
            @for each in Language::ALL {
                button.button name=(LANGUAGE_COOKIE) value=(each) lang=(each) aria-pressed=(*each == language()) { (each.words()) }
            }
        }
    }
}

pub(super) fn brand(href: &str) -> Markup {
    html! { a.brand href=(href) aria-label=(t!("Freehold, home")) { (icon(Icon::Brand)) span { "Freehold" } } }
}

/// One narrow column with the brand on top: sign-in, set-up, errors.
pub fn single(main: &Markup) -> Markup {
    html! {
        div.single {
            header { (brand("/")) }
            main id="main" { (main) }
            footer { (t!("Freehold service desk")) }
        }
    }
}

/// The main part of an error page for [`single`]: a quiet status, what happened, what to do, and links that do it
/// (address, words; the first is the main one).
pub fn error_page(status: u16, what: &str, mend: &str, links: &[(&str, &str)]) -> Markup {
    html! {
        p.code { (t!("Error {status}", status)) }
        h1 { (what) }
        p.lead { (mend) }
        div.acts {
            @for (nth, (href, word)) in links.iter().enumerate() {
                a.button.large.main[nth == 0] href=(href) { (word) }
            }
        }
    }
}

/// One place in the desk's sidebar.
#[derive(Clone, Copy, Debug)]
pub struct SideLink<'a> {
    /// Address of the list.
    pub href: &'a str,
    /// Its drawing.
    pub icon: Icon,
    /// Its name.
    pub label: &'a str,
    /// Tickets in it; `None` for places that do not count.
    pub count: Option<u64>,
    /// [`Tone::Bad`] when the count itself is a trouble (SLA at risk).
    pub tone: Tone,
    /// Whether the reader is there.
    pub current: bool,
}

/// A titled group of places; the first usually has no title.
#[derive(Clone, Copy, Debug)]
pub struct SideGroup<'a> {
    /// "Groups", "Shared views"; empty for none.
    pub title: &'a str,
    /// The places.
    pub links: &'a [SideLink<'a>],
}

/// The shell of the desk.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// The sidebar, top to bottom.
    pub side: &'a [SideGroup<'a>],
    /// From [`super::seat_box`].
    pub seat: &'a Markup,
    /// The technician's name.
    pub person: &'a str,
    /// From [`super::list_pane`].
    pub list: &'a Markup,
    /// From [`super::ticket_pane`]; `None` shows the list at full width, and on a phone the list instead of the ticket.
    pub ticket: Option<&'a Markup>,
    /// Sections from [`super::section`] beside the ticket.
    pub context: Option<&'a Markup>,
    /// Address of the search page, where the palette sends what it does not know.
    pub search: &'a str,
    /// Where the palette finds tickets, people, articles and places.
    pub find: &'a str,
}

/// Lays out the desk. Sidebar, list, ticket and context collapse in that order; on a phone they are screens.
pub fn desk(shell: &Desk<'_>) -> Markup {
    html! {
        div.desk.open[shell.ticket.is_some()].ctx[shell.ticket.is_some() && shell.context.is_some()] {
            nav.side id="side" popover aria-label=(t!("Queues")) data-live-topic="queue" data-keep-scroll {
                div.side-top {
                    (brand("/desk"))
                    button.button.bare type="button" data-open-palette { kbd { (t!("Ctrl K")) } span.unseen { " " (t!("Find or do anything")) } }
                }
                @for group in shell.side {
                    @if !group.title.is_empty() { h2 { (group.title) } }
                    @for link in group.links {
                        a.side-link href=(link.href) title=(link.label) aria-current=[link.current.then_some("page")]
                            data-command=(link.label) {
                            (icon(link.icon))
                            span dir="auto" { (link.label) }
                            @if let Some(count) = link.count { span class={ "side-count " (link.tone.class()) } { (count) } }
                        }
                    }
                }
                div.side-foot {
                    (shell.seat)
                    a.side-me href="/me" data-command=(t!("My settings")) { (face(shell.person)) span { (shell.person) } }
                }
            }
            main id="main" {
                // What stands in the way of a change from the list comes here; a ticket has a place of its own for it.
                @if shell.ticket.is_none() { div id="sheet" {} }
                (shell.list)
                @if let Some(ticket) = shell.ticket { (ticket) }
                @if let Some(context) = shell.context {
                    @if shell.ticket.is_some() {
                        aside.context id="context" popover aria-label=(t!("About this ticket")) tabindex="0" { (context) }
                    }
                }
            }
        }
        (palette(shell.search, shell.find))
        (cheat_sheet())
    }
}

/// The list between sidebar and ticket.
#[derive(Clone, Copy, Debug)]
pub struct ListPane<'a> {
    /// "My queue".
    pub title: &'a str,
    /// "12 open"; empty for none.
    pub summary: &'a str,
    /// At the end of the head: buttons, filters; may be empty.
    pub tools: &'a Markup,
    /// Rows, a pager, or an empty state.
    pub body: &'a Markup,
    /// Whether no ticket stands beside it: then its title is the page's.
    pub alone: bool,
    /// Topics whose change refetches the list: "queue:network".
    pub topic: &'a str,
}

/// Lays out a list. Its element is `#list`: refetched when `topic` changes.
pub fn list_pane(list: &ListPane<'_>) -> Markup {
    html! {
        section.pane.list-pane id="list" aria-label=(list.title) data-live-topic=(list.topic) {
            div.pane-head {
                button.button.bare.square.only-phone type="button" popovertarget="side" aria-label=(t!("Queues")) { (icon(Icon::Menu)) }
                @if list.alone { h1 { (list.title) } } @else { h2 { (list.title) } }
                @if !list.summary.is_empty() { span.quiet.cut { (list.summary) } }
                div.inline.end { (list.tools) }
            }
            div.scroll id="list-scroll" data-keep-scroll { (list.body) }
        }
    }
}

/// A ticket at the desk.
#[derive(Clone, Copy, Debug)]
pub struct TicketPane<'a> {
    /// "INC-1042".
    pub number: &'a str,
    /// What it is about.
    pub subject: &'a str,
    /// State and promise chips.
    pub chips: &'a Markup,
    /// Who else is here, from [`super::here`].
    pub here: &'a Markup,
    /// What can be done, as buttons and forms; a bottom sheet on a phone.
    pub verbs: &'a Markup,
    /// Above the timeline: a verdict sheet, a conflict, a notice; may be empty. Lives in `#sheet`.
    pub notice: &'a Markup,
    /// From [`super::timeline`].
    pub timeline: &'a Markup,
    /// From [`super::composer`].
    pub composer: &'a Markup,
    /// The list this ticket was opened from: address and name.
    pub back: (&'a str, &'a str),
    /// Where it stands in that list, from [`in_list`]; may be empty.
    pub place: &'a Markup,
    /// Topic of the ticket: "ticket:01J…".
    pub topic: &'a str,
}

/// Where a ticket stands in a list.
#[derive(Clone, Copy, Debug)]
pub struct InList<'a> {
    /// What the list is called.
    pub list: &'a str,
    /// "7 of 32".
    pub words: &'a str,
    /// Number and address of the ticket before.
    pub before: Option<(&'a str, &'a str)>,
    /// Number and address of the ticket after.
    pub after: Option<(&'a str, &'a str)>,
}

/// "7 of 32", between the ways to the one before and the one after. It stands on the list, and on the ticket where there
/// is no room for the list.
pub fn in_list(place: &InList<'_>) -> Markup {
    const PANES: &str = "side list seat ticket context";
    html! {
        nav.in-list aria-label=(t!("In {list}", list = place.list)) {
            @if let Some((number, address)) = place.before {
                a.button.bare.square href=(address) data-live=(PANES) data-before data-command=(t!("The one before")) aria-label=(t!("Before: {number}", number)) { (icon(Icon::Left)) }
            }
            span.quiet { (place.words) }
            @if let Some((number, address)) = place.after {
                a.button.bare.square href=(address) data-live=(PANES) data-next data-command=(t!("The next one")) aria-label=(t!("Next: {number}", number)) { (icon(Icon::Right)) }
            }
        }
    }
}

/// Lays out a ticket. `#ticket-head` and `#timeline` are refetched when `topic` changes; the composer never is.
pub fn ticket_pane(ticket: &TicketPane<'_>) -> Markup {
    html! {
        article.pane.ticket-pane id="ticket" aria-label={ (ticket.number) " " (ticket.subject) } {
            div.pane-head id="ticket-head" data-live-topic=(ticket.topic) {
                a.button.bare.square.back-to-list href=(ticket.back.0) aria-label=(t!("Back to {number}", number = ticket.back.1)) { (icon(Icon::Left)) }
                span.quiet { (ticket.number) }
                (ticket.chips)
                (ticket.place)
                div.inline.end {
                    (ticket.here)
                    button.button.bare.only-narrow type="button" popovertarget="context" { (t!("Details")) }
                    button.button.only-tight type="button" popovertarget="verbs" { (icon(Icon::More)) (t!("Actions")) }
                }
                div.verbs id="verbs" popover { h2 { (t!("What to do with {number}", number = ticket.number)) } (ticket.verbs) }
            }
            div.scroll id="ticket-scroll" data-keep-scroll tabindex="0" role="region" aria-label=(t!("Conversation")) {
                div.ticket-body {
                    div.ticket-main {
                        h1 dir="auto" { (ticket.subject) }
                        div id="sheet" { (ticket.notice) }
                        div.timeline id="timeline" data-live-topic=(ticket.topic) { (ticket.timeline) }
                    }
                }
            }
            div.ticket-foot id="reply" { (ticket.composer) }
            div.desk-bar.only-phone {
                a.button href="#reply" data-focus="composer-body" { (icon(Icon::Reply)) (t!("Reply")) }
                button.button type="button" popovertarget="verbs" { (icon(Icon::More)) (t!("Actions")) }
            }
        }
    }
}

/// A titled section of the context pane or a page.
pub fn section(title: &str, body: &Markup) -> Markup {
    html! { section.section { h2 { (title) } (body) } }
}

/// Labels and values.
pub fn facts(rows: &[(&str, Markup)]) -> Markup {
    html! { dl.facts { @for (label, value) in rows { dt { (label) } dd { (value) } } } }
}

/// The shell of the licence manager, of audit and of administration.
#[derive(Clone, Copy, Debug)]
pub struct Manager<'a> {
    /// The reader's name.
    pub person: &'a str,
    /// (address, word, whether the reader is there).
    pub nav: &'a [(&'a str, &'a str, bool)],
}

/// Lays out a manager's page around `main`; start it with [`page_head`].
pub fn manager(shell: &Manager<'_>, main: &Markup) -> Markup {
    html! {
        div.manager {
            header {
                (brand("/"))
                nav aria-label=(t!("Main")) {
                    @for (href, word, here) in shell.nav { a href=(href) aria-current=[here.then_some("page")] { (word) } }
                }
                a.side-me.end href="/me" { (face(shell.person)) span { (shell.person) } }
            }
            main id="main" { (main) }
        }
    }
}

/// The head of a manager's page: its title, one sentence (may be empty) and its acts.
pub fn page_head(title: &str, sentence: &str, acts: &Markup) -> Markup {
    html! {
        div.page-head {
            h1 { (title) }
            div.inline { (acts) }
            @if !sentence.is_empty() { p { (sentence) } }
        }
    }
}

/// A framed part of a page; `extras` stand beside the title (chips, buttons).
pub fn panel(title: &str, extras: &Markup, body: &Markup) -> Markup {
    html! { section.panel { div.panel-head { h2 { (title) } (extras) } (body) } }
}

const FIND: &str = key!("Find a ticket, a person, a setting, or something to do…");

/// The palette: finds places and acts on this page, and sends anything else to search.
fn palette(search: &str, find: &str) -> Markup {
    html! {
        dialog.palette id="palette" aria-label=(t!("Find or do anything")) data-search-url=(search) data-find-url=(find) {
            input type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list"
                aria-label=(t!("Find or do anything")) data-words=(say(FIND)) placeholder=(say(FIND)) autocomplete="off" spellcheck="false";
            ul id="palette-list" role="listbox" aria-label=(t!("Matches")) {}
        }
    }
}

/// What the keyboard can do, behind `?`.
fn cheat_sheet() -> Markup {
    let keys: [(&[&str], &str); 18] = [
        (&["j", "k"], t!("next, previous ticket")),
        (&[t!("Enter")], t!("open it")),
        (&["a", "g"], t!("assign it, give it to a group")),
        (&["p"], t!("change its priority")),
        (&["s"], t!("move it on")),
        (&["e"], t!("change anything of it")),
        (&["h"], t!("put this ticket off")),
        (&["[", "]"], t!("the one before, the next one")),
        (&["z"], t!("take back a reply that was just sent")),
        (&["x"], t!("choose it, to change several together")),
        (&["X"], t!("choose all on this page")),
        (&["/"], "search"),
        (&["r"], t!("write a reply")),
        (&["n"], t!("write a work note")),
        (&[t!("Ctrl Enter")], "send"),
        (&[t!("Ctrl Shift Enter")], t!("send and solve")),
        (&[t!("Ctrl K")], t!("find or do anything")),
        (&["?"], t!("this sheet")),
    ];
    html! {
        dialog.sheet id="keys" aria-labelledby="keys-title" {
            h2 id="keys-title" { (t!("Keys")) }
            dl.keys {
                @for (keys, does) in keys { dt { @for key in keys { kbd { (key) } " " } } dd { (does) } }
            }
            div.acts {
                label.check { input type="checkbox" data-single-keys checked; (t!("Single keys act without Ctrl")) }
                form.end method="dialog" { button.button { (t!("Close")) } }
            }
        }
    }
}
