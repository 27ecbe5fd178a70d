//! Markdown as people write it, as HTML that is safe to show: rendered by `comrak`, cleaned by `ammonia`.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use comrak::{
    Arena,
    nodes::{AstNode, NodeLink, NodeValue},
};
use domain::ticket::{TicketNumber, places_of_names};
use maud::{Markup, PreEscaped};

/// Rendered comments kept in memory: a timeline is read far more often than it grows.
const KEPT: usize = 2_000;

static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = ammonia::Builder::default();
    // No remote images: opening a ticket must not tell a stranger that it was opened.
    cleaner
        .rm_tags(["img"])
        .link_rel(Some("noopener noreferrer nofollow"))
        .url_relative(ammonia::UrlRelative::Custom(Box::new(only_tickets)));
    cleaner
});

/// Of addresses within this desk, only those of tickets: a comment must not lead to a page that changes something.
fn only_tickets(address: &str) -> Option<Cow<'_, str>> {
    let number = address.strip_prefix(TICKET).or_else(|| address.strip_prefix(OWN_TICKET))?;
    number.parse::<TicketNumber>().ok().map(|_| Cow::Borrowed(address))
}

/// Where technicians read a ticket.
const TICKET: &str = "/desk/t/";
/// Where everybody else reads theirs.
const OWN_TICKET: &str = "/tickets/";

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum For {
    /// A technician, for whom a ticket's number leads to the ticket.
    Technician,
    /// A requester, to whom other people's tickets are not there: numbers lead only to those that the caller names.
    Requester,
}

/// Who reads, the text, the names in it that are marked, and the tickets that are theirs to open.
type Key = (For, String, Vec<String>, Vec<TicketNumber>);

static RENDERED: LazyLock<Mutex<HashMap<Key, String>>> = LazyLock::new(Mutex::default);

/// The HTML of a comment. The same text is rendered once.
pub(crate) fn html(text: &str, reader: For) -> Markup {
    marked(text, reader, &[], &[])
}

/// The same, with these names marked where they stand behind an `@`, and for a requester with links to these tickets.
pub(crate) fn marked(text: &str, reader: For, names: &[&str], tickets: &[TicketNumber]) -> Markup {
    let rendered = || RENDERED.lock().unwrap_or_else(PoisonError::into_inner);
    let names_owned = names.iter().map(|name| (*name).to_owned()).collect();
    let key = (reader, text.to_owned(), names_owned, tickets.to_vec());
    if let Some(html) = rendered().get(&key) {
        return PreEscaped(html.clone());
    }
    // Without the lock: a long text keeps no other page waiting.
    let html = render(text, reader, names, tickets);
    // Long texts are rare and would crowd out the rest.
    if text.len() <= 8_192 {
        let mut rendered = rendered();
        if rendered.len() >= KEPT {
            rendered.clear();
        }
        rendered.insert(key, html.clone());
    }
    PreEscaped(html)
}

fn render(text: &str, reader: For, names: &[&str], tickets: &[TicketNumber]) -> String {
    let mut options = comrak::Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    options.render.hardbreaks = true;
    // Raw HTML in a comment is text, not markup.
    options.render.escape = true;
    let arena = Arena::new();
    let document = comrak::parse_document(&arena, text, &options);
    let place = if reader == For::Technician { TICKET } else { OWN_TICKET };
    let leads =
        |number: &str| reader == For::Technician || number.parse().is_ok_and(|it| tickets.contains(&it));
    let found = |text: &str| -> Vec<(usize, usize)> {
        let all = ticket_numbers(text).into_iter();
        all.filter(|(start, end)| leads(&text[*start..*end])).collect()
    };
    within_texts(&arena, document, &found, &|number| {
        NodeValue::Link(Box::new(NodeLink { url: format!("{place}{number}"), title: String::new() }))
    });
    if !names.is_empty() {
        within_texts(&arena, document, &|text| places_of_names(text, names), &|_| NodeValue::Highlight);
    }
    let mut html = String::with_capacity(text.len() * 2);
    // Writing into a string never fails.
    let _ = comrak::format_html(document, &options, &mut html);
    CLEANER.clean(&html).to_string()
}

/// Puts what is found in the texts into nodes of its own: what `node` makes of each. Not in code, and not within links.
fn within_texts<'a>(
    arena: &'a Arena<'a>,
    document: &'a AstNode<'a>,
    find: &dyn Fn(&str) -> Vec<(usize, usize)>,
    node: &dyn Fn(&str) -> NodeValue,
) {
    let texts: Vec<_> = document
        .descendants()
        .filter(|node| matches!(node.data.borrow().value, NodeValue::Text(_)))
        .filter(|node| !node.ancestors().any(|over| matches!(over.data.borrow().value, NodeValue::Link(_))))
        .collect();
    for place in texts {
        let NodeValue::Text(text) = place.data.borrow().value.clone() else { continue };
        let mut from = 0;
        for (start, end) in find(&text) {
            let found = arena.alloc(node(&text[start..end]).into());
            found.append(plain(arena, &text[start..end]));
            if from < start {
                place.insert_before(plain(arena, &text[from..start]));
            }
            place.insert_before(found);
            from = end;
        }
        if from > 0 {
            place.insert_before(plain(arena, &text[from..]));
            place.detach();
        }
    }
}

fn plain<'a>(arena: &'a Arena<'a>, text: &str) -> &'a AstNode<'a> {
    arena.alloc(NodeValue::Text(text.to_owned().into()).into())
}

/// The tickets that a text names.
pub(crate) fn numbers_in(text: &str) -> Vec<TicketNumber> {
    ticket_numbers(text).into_iter().filter_map(|(start, end)| text[start..end].parse().ok()).collect()
}

/// Where in a text ticket numbers stand, as words of their own: three capitals, a dash, digits.
fn ticket_numbers(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (dash, _) in text.match_indices('-') {
        let Some(start) = dash.checked_sub(3).filter(|start| text.is_char_boundary(*start)) else { continue };
        let digits = text[dash + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let end = dash + 1 + digits;
        let alone = |c: char| !c.is_alphanumeric() && c != '-' && c != '_';
        let number = &text[start..end];
        if digits > 0
            && text[..start].chars().next_back().is_none_or(alone)
            && text[end..].chars().next().is_none_or(alone)
            && number[..3].bytes().all(|byte| byte.is_ascii_uppercase())
            && number.parse::<TicketNumber>().is_ok()
        {
            found.push((start, end));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_markup() {
        let shown = html("Try **eu-1**, then\n\n- one\n- two", For::Technician).into_string();
        assert!(shown.contains("<strong>eu-1</strong>") && shown.contains("<li>one</li>"), "{shown}");
    }

    #[test]
    fn a_tickets_number_leads_technicians_to_the_ticket() {
        let link = "<a href=\"/desk/t/INC-42\" rel=\"noopener noreferrer nofollow\">INC-42</a>";
        let shown = |text| html(text, For::Technician).into_string();
        assert_eq!(shown("As INC-42, again").trim(), format!("<p>As {link}, again</p>"));
        assert_eq!(shown("**INC-42**").trim(), format!("<p><strong>{link}</strong></p>"));
        assert_eq!(shown("(INC-42) INC-42").matches("<a ").count(), 2);
        for other in [
            "XINC-42",
            "INC-42a",
            "inc-42",
            "XYZ-42",
            "INC-",
            "`INC-42`",
            "äINC-42",
            "INC-42-7",
            "INC-99999999999999999999",
        ] {
            assert!(!shown(other).contains("<a "), "{other}: {}", shown(other));
        }
        assert_eq!(shown("[INC-42 there](https://desk.example/x)").matches("<a ").count(), 1);
        assert!(!html("As INC-42, again", For::Requester).into_string().contains("<a "));
    }

    #[test]
    fn names_are_marked_where_they_stand_as_names() {
        let shown = |text| marked(text, For::Requester, &["Åsa O'Neil", "Tim Okafor"], &[]).into_string();
        assert_eq!(shown("Ask @Tim Okafor!").trim(), "<p>Ask <mark>@Tim Okafor</mark>!</p>");
        assert_eq!(shown("**@åsa o'neil**").trim(), "<p><strong><mark>@åsa o'neil</mark></strong></p>");
        for other in ["`@Tim Okafor`", "Tim Okafor", "@Tim", "[@Tim Okafor](https://desk.example/x)"] {
            assert!(!shown(other).contains("<mark>"), "{other}: {}", shown(other));
        }
        assert!(!html("Ask @Tim Okafor", For::Requester).into_string().contains("<mark>"));
    }

    #[test]
    fn a_requester_is_led_to_their_own_tickets_alone() {
        let own = ["INC-42".parse().unwrap()];
        let shown = marked("As INC-42 and INC-43, again", For::Requester, &[], &own).into_string();
        assert!(shown.contains("<a href=\"/tickets/INC-42\""), "{shown}");
        assert_eq!(shown.matches("<a ").count(), 1, "{shown}");
    }

    #[test]
    fn a_comment_leads_nowhere_else_in_the_desk() {
        for address in [
            "/sign-out",
            "/desk/t/../../admin",
            "//elsewhere.example",
            "/desk/t/INC-1/step",
            "/desk/t/INC-1?x",
        ] {
            let shown = html(&format!("[press]({address})"), For::Technician).into_string();
            assert!(!shown.contains(&format!("href=\"{address}")), "{shown}");
        }
    }

    #[test]
    fn nothing_that_runs_or_calls_home_survives() {
        for hostile in [
            "<script>alert(1)</script>",
            "[x](javascript:alert(1))",
            "![pixel](https://tracker.example/p.gif)",
            "<img src=x onerror=alert(1)>",
            "<a href=\"data:text/html,x\" onclick=\"x()\">x</a>",
            "<svg><style>*{display:none}</style></svg>",
        ] {
            let shown = html(hostile, For::Technician).into_string().to_lowercase();
            for wrong in ["<script", "javascript:", "<img", "<svg", "<style", "<a href=\"data:"] {
                assert!(!shown.contains(wrong), "{hostile} became {shown}");
            }
        }
    }
}
