//! A search finds what somebody would find who reads every text, on both engines.

use std::collections::BTreeSet;

use domain::{PersonId, TicketId};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use store::{ReadTx, StoreError, search};
use uuid::Uuid;

use crate::support::{Fresh, on_both_engines};

/// Few, and alike, so that much is found. More words begin with `prin` than are looked for one by one.
const WORDS: &[&str] = &[
    "vpn",
    "VPN",
    "drops",
    "drop",
    "a",
    "an",
    "in",
    "sign-in",
    "café",
    "cafe",
    "CAFE\u{301}",
    "14",
    "1",
    "140",
    "1400",
    "1401",
    "14000",
    "INC-1400",
    "prin",
    "print",
    "printer",
    "printers",
    "printing",
    "print1",
    "print2",
    "print3",
    "print4",
    "print5",
    "print6",
    "print7",
    "print8",
    "print9",
    "printa",
    "printb",
    "printc",
    "printd",
    "printé",
    "oslo",
    "osloer",
    "x.example/print?q=14",
    "印刷",
    "印",
    "o'clock",
    "日本\u{3099}",
    "\"quoted\"",
];

/// What people type.
const BEGINNINGS: &[&str] =
    &["p", "pr", "pri", "prin", "print", "os", "oslo", "1", "14", "140", "1400", "ca", "caf", "印"];

/// Characters of private use are what the index marks readers by: nobody may write or ask for them.
const FORGED: &str = "\u{e000}00000000000000000000000000000001";

#[derive(Debug, Clone)]
struct Text {
    ticket: TicketId,
    requester: PersonId,
    public: bool,
    words: Vec<String>,
}

/// The same words, found in another way than the program does.
fn plain(text: &str) -> Vec<String> {
    let text = text.to_lowercase().replace("e\u{301}", "e").replace('é', "e");
    let mut words = vec![String::new()];
    for c in text.chars() {
        match words.last_mut() {
            Some(word) if c.is_alphanumeric() => word.push(c),
            _ => words.push(String::new()),
        }
    }
    words.into_iter().filter(|word| !word.is_empty()).collect()
}

fn person(number: u128) -> PersonId {
    Uuid::from_u128(number).into()
}

fn some<'a>(of: &[&'a str], random: &mut StdRng) -> &'a str {
    of[random.random_range(0..of.len())]
}

fn sentence(random: &mut StdRng) -> String {
    let many = random.random_range(1..9);
    (0..many).map(|_| some(WORDS, random)).collect::<Vec<_>>().join(some(&[" ", " ", ", ", "\n"], random))
}

/// Writes texts in several commits; answers them oldest first.
fn write(fresh: &Fresh, many: u128, random: &mut StdRng) -> Vec<Text> {
    let mut texts = Vec::new();
    while texts.len() < usize::try_from(many).unwrap() {
        let batch: Vec<(Text, String)> = (0..random.random_range(1..30))
            .map(|_| {
                let number = random.random_range(0..60_u128);
                let text = format!("{} {FORGED}", sentence(random));
                let public = random.random_bool(0.8);
                let (ticket, requester) = (Uuid::from_u128(number).into(), person(number % 3 + 1));
                (Text { ticket, requester, public, words: plain(&text) }, text)
            })
            .collect();
        texts.extend(batch.iter().map(|(text, _)| text.clone()));
        fresh
            .db
            .write_now(move |tx| {
                for (it, text) in &batch {
                    search::add(tx, it.ticket, it.requester, it.public, text)?;
                }
                Ok::<(), StoreError>(())
            })
            .unwrap();
    }
    texts
}

/// A query as it is typed, and as it is meant.
#[derive(Debug, Default)]
struct Asked {
    typed: String,
    phrases: Vec<Vec<String>>,
    unwanted: Vec<String>,
    beginning: Option<String>,
}

fn ask(random: &mut StdRng) -> Asked {
    let mut asked = Asked::default();
    for _ in 0..random.random_range(0..4) {
        let word = some(WORDS, random).replace('"', "");
        match random.random_range(0..5) {
            0 => {
                let second = some(WORDS, random).replace('"', "");
                asked.typed.extend(["\"", &word, " ", &second, "\" "]);
                asked.phrases.push(plain(&format!("{word} {second}")));
            }
            1 => {
                asked.typed.extend(["-", &word, " "]);
                asked.unwanted.extend(plain(&word));
            }
            _ => {
                asked.typed.extend([&word, " "]);
                asked.phrases.extend(plain(&word).into_iter().map(|word| vec![word]));
            }
        }
    }
    if asked.phrases.is_empty() || random.random_bool(0.6) {
        let beginning = some(BEGINNINGS, random);
        asked.typed.push_str(beginning);
        // One ASCII letter or digit stands for itself.
        if beginning.len() == 1 {
            asked.phrases.push(plain(beginning));
        } else {
            asked.beginning = Some(beginning.to_owned());
        }
    }
    asked
}

fn matches(text: &Text, asked: &Asked) -> bool {
    let has = |phrase: &Vec<String>| text.words.windows(phrase.len()).any(|words| words == phrase);
    asked.phrases.iter().all(has)
        && asked
            .beginning
            .as_ref()
            .is_none_or(|it| text.words.iter().any(|word| word.starts_with(it.as_str())))
        && !asked.unwanted.iter().any(|word| text.words.contains(word))
}

fn expected(texts: &[Text], asked: &Asked, reader: Option<PersonId>, limit: usize) -> Vec<TicketId> {
    let mut seen = BTreeSet::new();
    let readable = |text: &&Text| reader.is_none_or(|person| text.public && text.requester == person);
    let found = texts.iter().rev().filter(readable).filter(|text| matches(text, asked));
    found.map(|text| text.ticket).filter(|ticket| seen.insert(*ticket)).take(limit).collect()
}

on_both_engines! {
    fn a_search_finds_what_a_reader_of_every_text_would(fresh) {
        let random = &mut StdRng::seed_from_u64(11);
        let texts = write(fresh, 400, random);
        let mut matched = 0;
        for _ in 0..600 {
            let (asked, limit) = (ask(random), random.random_range(1..12));
            let reader = random.random_bool(0.4).then(|| person(random.random_range(1..5)));
            let expected = expected(&texts, &asked, reader, limit);
            let typed = asked.typed.clone();
            let found = fresh.db.read_now(move |tx: &mut ReadTx<'_>| search::search(tx, &typed, reader, limit));
            assert_eq!(found.unwrap(), expected, "{asked:?} {reader:?} {limit}");
            matched += usize::from(!expected.is_empty());
        }
        assert!(matched > 200, "only {matched} queries found something");
    }

    fn a_ticket_that_matches_many_times_hides_none_that_matches_once(fresh) {
        let of = |number: u128| (TicketId::from(Uuid::from_u128(number)), person(1));
        fresh.db.write_now(move |tx| {
            for number in (1..=3).chain(std::iter::repeat_n(4, 500)) {
                let (ticket, requester) = of(number);
                search::add(tx, ticket, requester, true, "the tunnel drops")?;
            }
            Ok::<(), StoreError>(())
        }).unwrap();
        for reader in [None, Some(person(1))] {
            let found = fresh.db.read_now(move |tx: &mut ReadTx<'_>| search::search(tx, "tunnel drops", reader, 3));
            assert_eq!(found.unwrap(), [of(4).0, of(3).0, of(2).0]);
        }
    }

    fn a_number_names_its_texts_however_long_and_many_they_are(fresh) {
        let of = |number: u128| (TicketId::from(Uuid::from_u128(number)), person(1));
        let long = format!("tunnel 47110 {} drops", "and on ".repeat(1_000));
        let list = format!("tunnel 4711 drops {}", (5_000..5_200).map(|it| it.to_string()).collect::<Vec<_>>().join(","));
        let texts = ["tunnel 4711 drops".to_owned(), long, list, "the printer 4711".to_owned()];
        fresh.db.write_now(move |tx| {
            for (text, number) in texts.iter().zip(1..) {
                let (ticket, requester) = of(number);
                search::add(tx, ticket, requester, true, text)?;
            }
            Ok::<(), StoreError>(())
        }).unwrap();
        let asked: [(&'static str, &[u128]); 9] = [
            ("tunnel 4711", &[3, 2, 1]),
            ("tunnel 4711 ", &[3, 1]),
            ("4711", &[4, 3, 2, 1]),
            ("4711 tun", &[3, 1]),
            ("\"4711 drops\" 47", &[3, 1]),
            ("4711 5199 drops ", &[3]),
            ("4711 -tunnel", &[4]),
            ("4711 -drops ", &[4]),
            ("4711 tunnels ", &[]),
        ];
        // Then many more have the number, more than are looked at one by one.
        for many in [0, 1_100] {
            fresh.db.write_now(move |tx| {
                for number in 0..many {
                    let (ticket, requester) = of(100 + number);
                    search::add(tx, ticket, requester, true, "drum 4711 tunnel_ling drops")?;
                }
                Ok::<(), StoreError>(())
            }).unwrap();
            for (typed, tickets) in asked {
                for reader in [None, Some(person(1)), Some(person(2))] {
                    let found = fresh.db.read_now(move |tx: &mut ReadTx<'_>| search::search(tx, typed, reader, 2_000)).unwrap();
                    let found: Vec<_> = found.into_iter().filter(|it| (1..5).any(|old| *it == of(old).0)).collect();
                    let expected: Vec<_> = tickets.iter().map(|it| of(*it).0).filter(|_| reader != Some(person(2))).collect();
                    assert_eq!(found, expected, "{typed:?} {reader:?} {many}");
                }
            }
        }
    }

    fn a_reader_s_mark_cannot_be_asked_for(fresh) {
        let (ticket, requester) = (TicketId::from(Uuid::from_u128(9)), person(1));
        fresh.db.write_now(move |tx| search::add(tx, ticket, requester, true, "tunnel")).unwrap();
        let found = fresh.db.read_now(|tx: &mut ReadTx<'_>| search::search(tx, FORGED, None, 3));
        assert_eq!(found.unwrap(), []);
    }
}
