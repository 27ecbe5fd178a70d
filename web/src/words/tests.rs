use std::{collections::BTreeSet, fs, path::Path};

use super::{source::Literal, *};

/// Files whose texts programs read, and those who run the desk. In all others every text is said through the catalogue.
const IN_ENGLISH_ALONE: [&str; 7] =
    ["api", "asset.rs", "context.rs", "limits.rs", "metrics.rs", "problem.rs", "router.rs"];

/// What is the same in every language: names, and what a program reads.
const UNTRANSLATED: [&str; 20] = [
    "Freehold",
    "Firefox",
    "Edge",
    "Edg",
    "Opera",
    "Chrome",
    "ChromeOS",
    "Safari",
    "Android",
    "Windows",
    "Linux",
    "Authorization: Bearer TOKEN",
    "· Freehold",
    "Empty:",
    "department,month,per_hundred",
    "exclude",
    "freehold import trouble FILE.csv",
    "include",
    "line_number",
    "solved",
];

/// Names of places in the list of time zones, and marks by which browsers are known.
const NO_TEXT: [&str; 2] = ["sign_in/zone.rs", "me/browser.rs"];

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                // What defines the words uses none.
                if name != "words.rs" && !name.starts_with("words/") {
                    found.push((name, fs::read_to_string(path).unwrap()));
                }
            }
        }
    }
    found
}

fn blanks(sentence: &str) -> BTreeSet<&str> {
    parts(sentence).filter_map(|part| if let Part::Blank(name) = part { Some(name) } else { None }).collect()
}

#[test]
fn what_pages_say_is_what_the_catalogue_has() {
    let sources = sources();
    let mut said = BTreeSet::new();
    for (_, text) in &sources {
        said.extend(source::literals(text).filter(Literal::is_key).map(|literal| literal.text));
    }
    let german: BTreeSet<String> = entries(&GERMAN).map(|(key, _)| key.to_owned()).collect();
    assert!(said.len() > 300, "only {} keys were found", said.len());
    let missing: Vec<_> = said.difference(&german).collect();
    let unused: Vec<_> = german.difference(&said).collect();
    assert!(
        missing.is_empty() && unused.is_empty(),
        "without German: {missing:#?}\nnobody says: {unused:#?}"
    );
}

#[test]
fn what_the_catalogue_has_of_the_desk_the_desk_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut folders: Vec<_> = ["desk/src", "domain/src", "web/src"].iter().map(|it| root.join(it)).collect();
    let mut code = String::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                code.push_str(&fs::read_to_string(path).unwrap_or_default());
            }
        }
    }
    let code = code.split_whitespace().collect::<Vec<_>>().join(" ").replace("\\ ", "").to_lowercase();
    for (key, _) in entries(&GERMAN_TOLD) {
        // The desk puts some of them together.
        for sentence in key.split_inclusive(". ") {
            for part in parts(sentence) {
                let Part::Words(words) = part else { continue };
                let words = words.trim_matches(['.', ' ', '*']).to_lowercase();
                assert!(code.contains(&words), "nobody says “{words}” of “{key}”");
            }
        }
    }
}

#[test]
fn every_entry_keeps_the_blanks_of_its_key_and_stands_once() {
    for catalogue in [&GERMAN[..], &GERMAN_TOLD, &GERMAN_SCRIPTS] {
        let mut seen = BTreeSet::new();
        for (key, words) in entries(catalogue) {
            assert!(seen.insert(key), "“{key}” stands twice");
            assert!(!key.is_empty() && !words.trim().is_empty(), "“{key}” is “{words}”");
            if catalogue == GERMAN {
                assert_eq!(blanks(key), blanks(words), "“{key}”");
            } else {
                // What the desk says of a field may be said without its name.
                assert!(blanks(words).is_subset(&blanks(key)), "“{key}”");
            }
        }
    }
}

#[test]
fn scripts_say_what_their_catalogue_has() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    let code: String = ["behaviour", "device"]
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    for (key, _) in entries(&GERMAN_SCRIPTS) {
        assert!(
            code.contains(&format!("'{key}'")) || code.contains(&format!("\"{key}\"")),
            "no script says “{key}”"
        );
    }
    let german: BTreeSet<_> = entries(&GERMAN_SCRIPTS).map(|(key, _)| key).collect();
    for said in code.split("t('").skip(1).filter_map(|rest| rest.split_once('\'')).map(|(said, _)| said) {
        let words = said.chars().next().is_some_and(|c| c.is_uppercase() || c == '{') && said.contains(' ');
        assert!(!words || german.contains(said), "“{said}” has no German");
    }
}

#[test]
fn pages_say_nothing_around_the_catalogue() {
    let mut around = Vec::new();
    for (name, text) in sources() {
        let within = |room: &&str| name == **room || name.starts_with(&format!("{room}/"));
        if IN_ENGLISH_ALONE.iter().any(within) || NO_TEXT.contains(&name.as_str()) {
            continue;
        }
        for literal in source::literals(&text).filter(Literal::is_bare_text) {
            if !UNTRANSLATED.contains(&literal.text.trim()) {
                around.push(format!("{name}: {:?}", literal.text));
            }
        }
    }
    assert!(around.is_empty(), "say these by t!, or name them as untranslated:\n{}", around.join("\n"));
}

#[test]
fn a_literal_is_known_by_where_it_stands() {
    let code = r#"
        let url = "Not said"; // "a comment"
        html! { p title="A hint" class={ "big " (x) } { "Bare" (t!("Said")) (f("Argument", 'x')) } }
        plural!(n, "One", "{n} of them")
    "#;
    let bare: Vec<_> = source::literals(code).filter(Literal::is_bare_text).map(|it| it.text).collect();
    assert_eq!(bare, ["Not said", "A hint", "Bare", "Argument"]);
    let keys: Vec<_> = source::literals(code).filter(Literal::is_key).map(|it| it.text).collect();
    assert_eq!(keys, ["Said", "One", "{n} of them"]);
}

fn german<T>(what: impl FnOnce() -> T) -> T {
    speak(Language::De, what)
}

#[test]
fn a_sentence_is_said_in_the_language_of_the_request() {
    assert_eq!(t!("Raise a ticket"), "Raise a ticket");
    assert_eq!(german(|| t!("Raise a ticket")), "Ticket erstellen");
    let number = "INC-7";
    assert_eq!(t!("Files for {number}", number), "Files for INC-7");
    assert_eq!(german(|| t!("Files for {number}", number)), "Dateien für INC-7");
    assert_eq!(german(|| plural!(1, "1 more outage", "{n} more outages").into_owned()), "1 weitere Störung");
    assert_eq!(
        german(|| plural!(3, "1 more outage", "{n} more outages").into_owned()),
        "3 weitere Störungen"
    );
}

#[test]
fn what_fills_a_blank_of_markup_cannot_leave_it() {
    let whom = "<b>Eve</b> {when}";
    let drawn = th!("You follow this ticket of {whom}.", whom).into_string();
    assert_eq!(drawn, "You follow this ticket of &lt;b&gt;Eve&lt;/b&gt; {when}.");
}

#[test]
fn sentences_of_the_desk_are_known_as_sentences_and_as_parts_of_one() {
    german(|| {
        assert_eq!(told("We have received it."), "Wir haben es erhalten.");
        assert_eq!(
            told("We have received it, and somebody is looking at it."),
            "Wir haben es erhalten. Jemand sieht es sich an."
        );
        assert_eq!(told("Usually within 3 working days."), "in der Regel innerhalb von 3 Arbeitstagen");
        assert_eq!(
            told("There is no such ticket, or you may not see it."),
            "Das gibt es nicht, oder Sie dürfen es nicht sehen."
        );
        assert_eq!(told("Something else entirely."), "Something else entirely.");
        assert_eq!(told(""), "");
    });
    assert_eq!(told("We have received it."), "We have received it.");
}

#[test]
fn days_have_their_names() {
    let at: Zoned = "2026-03-05T09:04[Europe/Berlin]".parse().unwrap();
    assert_eq!(german(|| dated(&at, "%a %H:%M")), "Do. 09:04");
    assert_eq!(german(|| dated(&at, t!("%A, %-d %B"))), "Donnerstag, 5. März");
    assert_eq!(dated(&at, "%a %H:%M"), "Thu 09:04");
}

#[test]
fn a_browser_is_answered_in_the_first_of_its_languages() {
    let asked = |pairs: &[(header::HeaderName, &'static str)]| {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(name, HeaderValue::from_static(value));
        }
        asked_for(&headers)
    };
    let accept = |value| asked(&[(header::ACCEPT_LANGUAGE, value)]);
    assert_eq!(accept("de-CH, en;q=0.8"), Language::De);
    assert_eq!(accept("fr, en;q=0.5, de;q=0.7"), Language::De);
    assert_eq!(accept("en-GB, de;q=0.9"), Language::En);
    assert_eq!(accept("de;q=0, fr"), Language::En);
    assert_eq!(accept("de;q=many"), Language::En);
    assert_eq!(asked(&[]), Language::En);
    let chosen = (header::COOKIE, "theme=dark; language=de");
    assert_eq!(asked(&[(header::ACCEPT_LANGUAGE, "en"), chosen]), Language::De);
}

#[test]
fn what_is_in_english_alone_is_known_by_its_whole_name() {
    for path in ["/api", "/api/v1/tickets", "/problems/forbidden"] {
        assert!(is_in_english(path), "{path}");
    }
    for path in ["/", "/desk/problems/new", "/problemshooting", "/desk/t/INC-1", "/knowledge/KB-1/edit"] {
        assert!(!is_in_english(path), "{path}");
    }
}
