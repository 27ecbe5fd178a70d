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
    let mut folders: Vec<_> =
        ["desk", "domain", "channels", "tenancy", "web"].iter().map(|it| root.join(it).join("src")).collect();
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
    // What stands in storage under a name of its own is said with spaces.
    let code = format!("{code} {}", code.replace('_', " "));
    for (key, _) in entries(&GERMAN_TOLD).chain(entries(&GERMAN_ASKED)) {
        // The desk puts some of them together.
        for sentence in key.split_inclusive(". ") {
            for part in parts(sentence) {
                let Part::Words(words) = part else { continue };
                let words = words.trim_matches(['.', ' ', '*', ':', ';', '(', ')']).to_lowercase();
                assert!(code.contains(&words), "nobody says “{words}” of “{key}”");
            }
        }
    }
}

#[test]
fn every_entry_keeps_the_blanks_of_its_key_and_stands_once() {
    for catalogue in [&GERMAN[..], &GERMAN_TOLD, &GERMAN_ASKED, &GERMAN_SCRIPTS] {
        let mut seen = BTreeSet::new();
        for (key, words) in entries(catalogue) {
            // What the desk says is found however it begins and ends.
            let known = if catalogue == GERMAN_TOLD { plain(key) } else { key.to_owned() };
            assert!(seen.insert(known), "“{key}” stands twice");
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
        assert_eq!(told("Usually within three working days."), "Usually within three working days.");
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
fn tricky_sentences_of_the_desk_are_what_they_mean() {
    let said = [
        (
            "changed priority from 3 · moderate to 2 · high because impact is high and urgency is medium",
            "– Priorität geändert von 3 · mittel zu 2 · hoch, weil die Auswirkung hoch und die Dringlichkeit mittel ist",
        ),
        (
            "moved it from New to Waiting for requester",
            "– Status geändert von „Neu“ zu „Wartet auf anfragende Person“",
        ),
        (
            "moved it from In progress to Resolved: fixed: for good",
            "– Status geändert von „In Arbeit“ zu „Gelöst“ (fixed: for good)",
        ),
        // What people wrote stays as they wrote it.
        (
            "changed the subject from “Resolved” to “Computer”",
            "– Betreff geändert von „Resolved“ zu „Computer“",
        ),
        ("attached a, b and c.pdf", "– a, b and c.pdf angehängt"),
        ("assigned it to Rana Haddad in Network", "– Rana Haddad in „Network“ zugewiesen"),
        ("asked Ada, Ben and Cleo for approval", "– Freigabe angefragt bei Ada, Ben und Cleo"),
        ("linked it: it is blocked by INC-7", "– verknüpft: blockiert von INC-7"),
        (
            "took it out of INC-4 again; it is New as before",
            "– Zusammenführung mit INC-4 aufgehoben, wieder „Neu“",
        ),
        // Several, as a preview has them.
        (
            "sent the reply, assigned it to Ada, changed impact from low to high",
            "– Antwort gesendet, zugewiesen an Ada, Auswirkung geändert von „niedrig“ zu „hoch“",
        ),
        (
            "every 2 weeks on Monday, Tuesday and Friday at 09:00, Europe/Berlin",
            "alle 2 Wochen am Montag, Dienstag und Freitag um 09:00 Uhr, Europe/Berlin",
        ),
        ("every month on day 5 at 09:00, UTC", "jeden Monat am 5. um 09:00 Uhr, UTC"),
        ("every 3 months on day 5 at 09:00, UTC", "alle 3 Monate am 5. um 09:00 Uhr, UTC"),
        ("every year on 4 December at 09:00, UTC", "jedes Jahr am 4. Dezember um 09:00 Uhr, UTC"),
        ("every 2 years on 4 May at 09:00, UTC", "alle 2 Jahre am 4. Mai um 09:00 Uhr, UTC"),
        ("every day at 09:00, UTC", "jeden Tag um 09:00 Uhr, UTC"),
        ("every 3 days at 09:00, UTC", "alle 3 Tage um 09:00 Uhr, UTC"),
        ("Expected to be over by 16:30.", "Voraussichtlich behoben: 16:30."),
        (
            "Expected to be over by 16:30 on Friday, 4 December.",
            "Voraussichtlich behoben: Freitag, 4. Dezember, 16:30 Uhr.",
        ),
        ("In progress: counted (Business hours)", "In Arbeit: gezählt (Geschäftszeiten)"),
        (
            "Not answered yet: outside business hours (Business hours, Christmas)",
            "Noch nicht beantwortet: außerhalb der Geschäftszeit (Geschäftszeiten, Christmas)",
        ),
        (
            "3 above what was bought, 1 May 2026 to 5 June 2026: 3 × EUR 12.00 per month × (31 of 31 days + 5 of 30 days) = EUR 42.00.",
            "3 über dem Gekauften, 1. Mai 2026 bis 5. Juni 2026: 3 × EUR 12.00 pro Monat × (31 von 31 Tagen + 5 von 30 Tagen) = EUR 42.00",
        ),
        (
            "Held nothing; token 3 of Desk given back at 2026-03-02 09:00:00; waited for Desk in place 2, in line since 2026-03-02 09:05:00",
            "hatte nichts; Token 3 von Desk: zurückgegeben um 2026-03-02 09:00:00; wartete auf Desk auf Platz 2, in der Warteschlange seit 2026-03-02 09:05:00",
        ),
        (
            "took token 3 of Desk (concurrent) at 2026-03-02 09:00:00 by replying to INC-7 in the browser; idle since 2026-03-02 09:30:00",
            "nahm Token 3 von Desk (gleichzeitig) um 2026-03-02 09:00:00 (Anlass: auf INC-7 antworten, im Browser); unbenutzt seit 2026-03-02 09:30:00",
        ),
        (
            "Replying to a ticket needs a seat or a token, and you have neither; request one from your licence manager. You can still raise, follow and answer your own tickets.",
            "Dafür (auf ein Ticket antworten) braucht es einen Platz oder ein Token, und Sie haben keines von beidem; bitten Sie Ihr Lizenzmanagement darum. Eigene Tickets erstellen, verfolgen und beantworten können Sie weiterhin.",
        ),
        (
            "This token was given back; stop what needs it, and check out again.",
            "Dieses Token wurde zurückgegeben. Beenden Sie, was es braucht, und entnehmen Sie ein neues.",
        ),
        (
            "A ticket that is New cannot become Closed; from there you can Start work (In progress), Cancel (Cancelled)",
            "Ein Ticket mit dem Status „Neu“ kann nicht „Geschlossen“ werden; möglich ist: Arbeit beginnen (In Arbeit), Stornieren (Storniert).",
        ),
        (
            "Row 3, column unit_price: `12,5` is not an amount; write digits with a point before the decimals, for example 1250.00",
            "Zeile 3, Spalte unit_price: „12,5“ ist kein Betrag; schreiben Sie Ziffern mit einem Punkt vor den Nachkommastellen, zum Beispiel 1250.00.",
        ),
        (
            "choose a time between 30 seconds and 1 day",
            "Wählen Sie eine Dauer zwischen 30 Sekunden und 1 Tag.",
        ),
        ("all 3 seats of Desk, of them; end it", "all 3 seats of Desk, of them; end it"),
        ("4 December 2026", "4. Dezember 2026"),
        ("2 of 5", "2 von 5"),
        ("1h 20m", "1 Std. 20 Min."),
        ("Theresa May", "Theresa May"),
    ];
    german(|| {
        for (english, german) in said {
            assert_eq!(told(english), german);
        }
        for word in ["Open", "due first", "is blocked by", "concurrent"] {
            assert_eq!(told_word(word), told(word));
        }
    });
}

#[test]
fn whoever_asked_is_told_of_themselves() {
    german(|| {
        assert_eq!(told("Waiting for requester"), "Wartet auf anfragende Person");
        assert_eq!(told_to_requester("Waiting for requester"), "Wartet auf Sie");
        assert_eq!(told_to_requester("Resolved"), "Gelöst");
        assert_eq!(
            told_to_requester("moved it from Waiting for requester to Cancelled"),
            "– Status geändert von „Wartet auf Sie“ zu „Zurückgezogen“"
        );
    });
    assert_eq!(told_to_requester("Waiting for requester"), "Waiting for requester");
}

#[test]
fn what_is_one_of_a_few_words_has_german() {
    use domain::{
        catalogue::{DeviceKind, QuestionKind},
        contract::{RecurringTerm, sheet::RowOutcome},
        identity::{Channel, Role},
        knowledge::{ArticleState, Audience},
        licence::{Action, Metric, Module},
        ticket::{
            ApprovalEnd, Column, Impact, Kind, LinkKind, Phase, Priority, PromiseAt, Rating, Scope, Sort,
            Step, Stopped, Urgency, Workflow,
        },
    };
    fn each<T: Copy>(all: &[T], say: impl Fn(T) -> &'static str) -> impl Iterator<Item = String> {
        all.iter().map(move |one| say(*one).to_owned())
    }
    let mut words: BTreeSet<String> = each(Impact::ALL, Impact::as_str).collect();
    words.extend(each(Urgency::ALL, Urgency::as_str));
    words.extend(each(Priority::ALL, Priority::label));
    words.extend(each(Kind::ALL, Kind::words));
    words.extend(each(Kind::ALL, Kind::as_str));
    words.extend(each(Phase::ALL, Phase::as_str));
    words.extend(each(Scope::ALL, Scope::words));
    words.extend(each(PromiseAt::ALL, PromiseAt::words));
    words.extend(each(Sort::ALL, Sort::words));
    words.extend(each(Column::ALL, Column::words));
    words.extend(each(Rating::ALL, Rating::words));
    words.extend(each(Step::ALL, Step::label));
    words.extend(each(LinkKind::ALL, LinkKind::words));
    words.extend(each(LinkKind::ALL, LinkKind::inverse_words));
    words.extend(each(ApprovalEnd::ALL, ApprovalEnd::as_str));
    words.extend(each(Stopped::ALL, Stopped::sentence));
    words.extend(each(DeviceKind::ALL, DeviceKind::words));
    words.extend(each(QuestionKind::ALL, QuestionKind::words));
    words.extend(each(RecurringTerm::ALL, RecurringTerm::spoken));
    words.extend(each(RecurringTerm::ALL, RecurringTerm::per));
    words.extend(each(RowOutcome::ALL, RowOutcome::as_str));
    words.extend(each(Channel::ALL, Channel::in_words));
    words.extend(each(Role::ALL, Role::as_str));
    words.extend(each(Audience::ALL, Audience::words));
    words.extend(each(ArticleState::ALL, ArticleState::words));
    words.extend(each(Metric::ALL, Metric::as_str));
    words.extend(each(Module::ALL, Module::title));
    words.extend(each(Module::ALL, Module::purpose));
    words.extend(each(crate::problem::Kind::ALL, crate::problem::Kind::title));
    words.extend(each(Action::ALL, |action| action.rule().sentence));
    words.extend(Action::ALL.iter().map(|action| action.doing(None)));
    let workflow = Workflow::default();
    for state in workflow.states() {
        words.extend([state.label.clone(), state.requester_words.clone()]);
        words.extend(workflow.allowed_from(&state.key).map(|step| step.label.clone()));
    }
    let missing: Vec<_> =
        words.iter().filter(|words| TOLD.find(words, Listener::Anybody).is_none()).collect();
    assert!(missing.is_empty(), "without German: {missing:#?}");
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
