//! Texts in source code: each literal, and whether it is said through the catalogue.

/// Within what a literal stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Within {
    /// Code.
    Code,
    /// Markup of `html!`.
    Markup,
    /// The value of an attribute in markup.
    Attribute(String),
    /// `t!` and its like.
    Said,
    /// Choices of the look, which are said by the macro that makes them.
    Choices,
}

/// A string in the code.
pub(super) struct Literal {
    pub(super) text: String,
    within: Within,
    in_choices: bool,
}

/// Attributes that people read or hear.
const READ: [&str; 9] = [
    "aria-label",
    "aria-description",
    "title",
    "placeholder",
    "alt",
    "data-label",
    "data-command",
    "data-none",
    "data-outbox",
];

impl Literal {
    /// Whether it is a key of the catalogue.
    pub(super) fn is_key(&self) -> bool {
        self.within == Within::Said || (self.in_choices && self.begins_a_sentence())
    }

    /// Whether people read it as it stands here.
    pub(super) fn is_bare_text(&self) -> bool {
        let words = self.text.split(|c: char| !c.is_alphabetic()).any(|word| word.len() > 1)
            && !self.text.starts_with('/');
        match &self.within {
            Within::Said => false,
            _ if self.in_choices => false,
            Within::Markup => words,
            Within::Attribute(name) => words && READ.contains(&name.as_str()),
            Within::Code | Within::Choices => self.begins_a_sentence(),
        }
    }

    fn begins_a_sentence(&self) -> bool {
        let mut characters = self.text.chars();
        let first = characters.next().is_some_and(char::is_uppercase);
        first && characters.next().is_some_and(|c| c.is_lowercase() || c == ' ')
    }
}

/// The literals of a file, up to its tests.
pub(super) fn literals(code: &str) -> impl Iterator<Item = Literal> {
    let code = code.split("#[cfg(test)]").next().unwrap_or_default();
    let mut within = vec![Within::Code];
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = code[at..].chars().next() {
        let rest = &code[at..];
        let before = code[..at].trim_end();
        let here = within.last().cloned().unwrap_or(Within::Code);
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        match c {
            '\'' => {
                // A character, or the name of a lifetime.
                let mut inner = rest[1..].chars();
                let escaped = inner.next() == Some('\\');
                let end = if escaped { rest[2..].find('\'').map(|end| end + 2) } else { None };
                let plain =
                    rest[1..].char_indices().nth(1).filter(|(_, c)| *c == '\'').map(|(end, _)| end + 1);
                at += end.or(plain).map_or(1, |end| end + 1);
                continue;
            }
            '"' => {
                let mut text = String::new();
                let mut inner = rest[1..].char_indices();
                let mut end = rest.len();
                while let Some((nth, c)) = inner.next() {
                    match c {
                        '"' => {
                            end = nth + 2;
                            break;
                        }
                        '\\' => match inner.next() {
                            // A line that goes on.
                            Some((_, '\n')) => {
                                while inner.clone().next().is_some_and(|(_, c)| c == ' ') {
                                    inner.next();
                                }
                            }
                            Some((_, c)) => text.push(c),
                            None => {}
                        },
                        c => text.push(c),
                    }
                }
                let reason = before.ends_with("reason =");
                let within_here = match (&here, attribute(before)) {
                    (Within::Markup, Some(name)) => Within::Attribute(name),
                    _ => here,
                };
                if !reason {
                    let in_choices = within.contains(&Within::Choices);
                    found.push(Literal { text, within: within_here, in_choices });
                }
                at += end;
                continue;
            }
            '(' | '[' | '{' => within.push(match macro_of(before) {
                Some("html") => Within::Markup,
                Some("t" | "th" | "plural" | "key") => Within::Said,
                Some("choices") => Within::Choices,
                _ if c == '{' && here == Within::Markup => {
                    attribute(before).map_or(Within::Markup, Within::Attribute)
                }
                _ => Within::Code,
            }),
            ')' | ']' | '}' => {
                within.pop();
            }
            _ => {}
        }
        at += c.len_utf8();
    }
    found.into_iter()
}

/// The attribute whose value follows, as in `title="…"`.
fn attribute(before: &str) -> Option<String> {
    let before = before.strip_suffix('=')?;
    let name = before.rsplit(|c: char| !c.is_alphanumeric() && c != '-').next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// The macro whose brackets open.
fn macro_of(before: &str) -> Option<&str> {
    before.strip_suffix('!')?.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next()
}
