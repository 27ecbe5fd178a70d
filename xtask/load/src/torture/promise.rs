//! What the server acknowledged.

use std::collections::{BTreeMap, BTreeSet};

/// An acknowledged answer.
#[derive(Debug, Clone)]
pub(super) struct Promise {
    pub(super) what: What,
    /// The request's name in the audit log. Absent where the request had been sent before: the act may be recorded under
    /// the first one, whose answer nobody saw.
    pub(super) request: Option<String>,
}

/// What was promised. A mark is text that occurs in one request only, and so afterwards in one place only.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// This ticket is there, its subject being the mark.
    Ticket { id: String, mark: String },
    /// This note is on the ticket.
    Note { ticket: String, mark: String },
    /// A token was given back.
    Released,
    /// An act was refused, or stands in line, and that is recorded.
    NotDone,
}

/// All promises of a run.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    promises: usize,
    /// The tickets' marks and ids.
    pub(super) raised: BTreeMap<String, String>,
    /// By ticket: the marks of its notes.
    pub(super) notes: BTreeMap<String, BTreeSet<String>>,
    /// Tickets with notes that nobody looked at since.
    pub(super) touched: BTreeSet<String>,
    /// Requests that the log must name, and whether as done.
    pub(super) requests: BTreeMap<String, bool>,
}

impl Ledger {
    pub(super) fn extend(&mut self, promises: impl IntoIterator<Item = Promise>) {
        for Promise { what, request } in promises {
            self.promises += 1;
            if let Some(request) = request {
                self.requests.insert(request, !matches!(what, What::NotDone));
            }
            match what {
                What::Ticket { id, mark } => drop(self.raised.insert(mark, id)),
                What::Note { ticket, mark } => {
                    self.touched.insert(ticket.clone());
                    self.notes.entry(ticket).or_default().insert(mark);
                }
                What::Released | What::NotDone => {}
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.promises
    }

    /// The ids of the tickets that were raised.
    pub(super) fn tickets(&self) -> Vec<String> {
        self.raised.values().cloned().collect()
    }

    /// Every mark that must be somewhere.
    pub(super) fn marks(&self) -> BTreeSet<&str> {
        let notes = self.notes.values().flatten().map(String::as_str);
        self.raised.keys().map(String::as_str).chain(notes).collect()
    }
}

/// The mark of a writer's next request.
pub(super) fn mark(writer: usize, number: u64) -> String {
    format!("mark{writer:03}n{number:07}")
}

/// The marks in a text.
pub(super) fn marks_in(text: &str) -> impl Iterator<Item = &str> {
    const LENGTH: usize = "mark000n0000000".len();
    text.match_indices("mark").filter_map(|(at, _)| {
        let mark = text.get(at..at + LENGTH)?;
        let (writer, number) = mark.strip_prefix("mark")?.split_once('n')?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        (digits(writer) && digits(number)).then_some(mark)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_again_wherever_they_are() {
        let (one, other) = (mark(0, 7), mark(12, 1_234_567));
        let text = format!(r#"{{"subject":"{one}","marked":"{one}{other}","mark":1}}"#);
        assert_eq!(marks_in(&text).collect::<Vec<_>>(), [&one, &one, &other]);
    }
}
