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
use domain::ticket::TicketNumber;
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
    let number = address.strip_prefix(TICKET)?;
    number.parse::<TicketNumber>().ok().map(|_| Cow::Borrowed(address))
}

/// Where technicians read a ticket.
const TICKET: &str = "/desk/t/";

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum For {
    /// A technician, for whom a ticket's number leads to the ticket.
    Technician,
    /// A requester, to whom other people's tickets are not there.
    Requester,
}

static RENDERED: LazyLock<Mutex<HashMap<(For, String), String>>> = LazyLock::new(Mutex::default);

/// The HTML of a comment. The same text is rendered once.
pub(crate) fn html(text: &str, reader: For) -> Markup {
    let mut rendered = RENDERED.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (reader, text.to_owned());
    if let Some(html) = rendered.get(&key) {
        return PreEscaped(html.clone());
    }
    let html = render(text, reader);
    // Long texts are rare and would crowd out the rest.
    if text.len() <= 8_192 {
        if rendered.len() >= KEPT {
            rendered.clear();
        }
        rendered.insert(key, html.clone());
    }
    PreEscaped(html)
}

fn render(text: &str, reader: For) -> String {
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
    if reader == For::Technician {
        link_tickets(&arena, document);
    }
    let mut html = String::with_capacity(text.len() * 2);
    // Writing into a string never fails.
    let _ = comrak::format_html(document, &options, &mut html);
    CLEANER.clean(&html).to_string()
}

/// Makes links of the ticket numbers in what was written; not in code, and not within other links.
fn link_tickets<'a>(arena: &'a Arena<'a>, document: &'a AstNode<'a>) {
    let texts: Vec<_> = document
        .descendants()
        .filter(|node| matches!(node.data.borrow().value, NodeValue::Text(_)))
        .filter(|node| !node.ancestors().any(|over| matches!(over.data.borrow().value, NodeValue::Link(_))))
        .collect();
    for node in texts {
        let NodeValue::Text(text) = node.data.borrow().value.clone() else { continue };
        let mut from = 0;
        for (start, end) in ticket_numbers(&text) {
            let link = arena.alloc(
                NodeValue::Link(Box::new(NodeLink {
                    url: format!("{TICKET}{}", &text[start..end]),
                    title: String::new(),
                }))
                .into(),
            );
            link.append(plain(arena, &text[start..end]));
            if from < start {
                node.insert_before(plain(arena, &text[from..start]));
            }
            node.insert_before(link);
            from = end;
        }
        if from > 0 {
            node.insert_before(plain(arena, &text[from..]));
            node.detach();
        }
    }
}

fn plain<'a>(arena: &'a Arena<'a>, text: &str) -> &'a AstNode<'a> {
    arena.alloc(NodeValue::Text(text.to_owned().into()).into())
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
