//! What it takes to get help: what is counted, what is not, and what the service owner reads.

use desk::{
    Refused,
    effort::{
        EffortReport, EffortView, ImportTrouble, PreviewTrouble, SearchEnd, SearchPlace, TroubleReport,
        TroubleRow,
    },
    identity::AddPerson,
    knowledge::{FileChat, Gaps, GiveFeedback, WriteArticle},
    ticket::RaiseTicket,
};
use domain::{
    PersonId, Timestamp,
    effort::{DayNumber, Effort, Part},
    identity::Role,
    knowledge::{ArticleNumber, Asked, Language, ReviewEvery, Verdict},
    ticket::{ArticleTitle, Kind, Markdown, Said, Subject},
};

use crate::support::{Fresh, at, later, monday, on_both_engines};

const DAY: i64 = 86_400;

fn projector(fresh: &Fresh, by: PersonId) -> ArticleNumber {
    let command = WriteArticle {
        article: None,
        language: Language::En,
        seen: None,
        title: ArticleTitle::new("The projector stays dark").unwrap(),
        keywords: None,
        asked: Asked::new("no picture on the beamer").unwrap(),
        body: Markdown::new("Press the button.").unwrap(),
        audience: None,
        review: ReviewEvery::new(6),
        made_from: None,
        publish: true,
    };
    fresh.desk.execute_now(at(by, monday()), command).unwrap().number
}

fn raise(fresh: &Fresh, by: PersonId, subject: &str, effort: Option<Effort>, now: Timestamp) {
    let plain = RaiseTicket::of(Kind::Incident, Subject::new(subject).unwrap(), None);
    fresh.desk.execute_now(at(by, now), RaiseTicket { effort, ..plain }).unwrap();
}

fn search(fresh: &Fresh, by: PersonId, place: SearchPlace, text: &str, opened: bool) {
    let end = SearchEnd { place, text: text.to_owned(), opened };
    fresh.desk.note_search_now(at(by, monday()), &end).unwrap();
}

fn report(fresh: &Fresh, by: PersonId, now: Timestamp) -> EffortView {
    fresh.desk.ask_now(at(by, now), EffortReport).unwrap()
}

fn records(fresh: &Fresh) -> usize {
    let all = store::audit::Records::All;
    fresh.desk.database().read_now(move |tx| store::audit::latest(tx, &all, None, 100)).unwrap().len()
}

fn trouble(rows: &[(&str, &str, &str)]) -> Vec<TroubleRow> {
    (2..)
        .zip(rows)
        .map(|(row, (department, month, per_hundred))| TroubleRow {
            row,
            department: (*department).to_owned(),
            month: (*month).to_owned(),
            per_hundred: (*per_hundred).to_owned(),
        })
        .collect()
}

on_both_engines! {
    fn what_a_ticket_took_is_counted_once_with_it(fresh) {
        let owner = fresh.person("Olga Ruiz", &[Role::Admin]);
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let said = |took: &str, actions: &str| Some(Effort::said(took, actions, "", monday()));
        raise(fresh, anna, "Dark screen", said("95", "4"), monday());
        raise(fresh, anna, "Dark screen again", said("20", "2"), monday());
        raise(fresh, anna, "Loud fan", said("a while", "-3"), monday());
        raise(fresh, anna, "By another channel", None, monday());
        let view = report(fresh, owner, monday());
        assert_eq!(view.measured, Part::of(2, 3), "what cannot be is not measured, and no page is not counted");
        assert_eq!((view.half_within_seconds, view.half_within_actions), (Some(30), Some(2)));
        assert_eq!(view.took.iter().map(|one| one.tickets).sum::<u64>(), 2);
        assert_eq!(view.took[2].tickets, 1, "95 seconds are at most 120");
        let gone = report(fresh, owner, later(monday(), 31 * DAY));
        assert_eq!((gone.measured, gone.half_within_seconds), (Part::of(0, 0), None));
    }

    fn a_search_that_finds_nothing_is_a_gap_and_names_nobody(fresh) {
        let owner = fresh.person("Olga Ruiz", &[Role::Admin]);
        let tim = fresh.technician("Tim Okafor");
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        projector(fresh, tim);
        raise(fresh, anna, "Squeaking parrot cage", None, monday());
        let before = records(fresh);
        search(fresh, anna, SearchPlace::Home, "projector dark", true);
        search(fresh, anna, SearchPlace::Knowledge, "projector dark", false);
        search(fresh, anna, SearchPlace::Home, "  Quantum \n Flux ", false);
        search(fresh, anna, SearchPlace::Knowledge, "quantum flux", true);
        search(fresh, anna, SearchPlace::Home, "squeaking parrot", true);
        search(fresh, anna, SearchPlace::Knowledge, "squeaking parrot", true);
        search(fresh, anna, SearchPlace::Home, "pr", false);
        let view = report(fresh, owner, monday());
        assert_eq!(view.found_nothing, Part::of(3, 6), "one's own ticket is a find at home, and not among answers");
        assert_eq!(view.opened_nothing, Part::of(1, 3));
        assert_eq!(view.days.last().map(|day| (day.searches, day.found_nothing)), Some((6, 3)));
        let gaps = fresh.desk.ask_now(at(tim, monday()), Gaps).unwrap();
        let searched: Vec<_> = gaps.searched.iter().map(|one| (one.words.as_str(), one.times)).collect();
        assert_eq!(searched, [("quantum flux", 2), ("squeaking parrot", 1)]);
        assert_eq!(records(fresh), before, "counting is no act");
        fresh.desk.tidy(later(monday(), 31 * DAY)).unwrap();
        let kept = fresh.desk.database().read_now(|tx| store::effort::searches(tx, DayNumber(0), 10)).unwrap();
        assert_eq!(kept, [], "words are kept for thirty days");
    }

    fn a_form_that_was_begun_and_never_sent_counts_two_days_later(fresh) {
        let owner = fresh.person("Olga Ruiz", &[Role::Admin]);
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let today = DayNumber::of(monday());
        for _ in 0..3 {
            fresh.desk.note_begun_now(&at(anna, monday()), today).unwrap();
        }
        for wrong in [today.0 + 1, today.0 - 2, i64::MAX, i64::MIN] {
            assert!(fresh.desk.note_begun_now(&at(anna, monday()), DayNumber(wrong)).is_err(), "{wrong}");
        }
        let tomorrow = later(monday(), DAY);
        let said = Effort::said("", "", &today.0.to_string(), tomorrow);
        raise(fresh, anna, "Dark screen", Some(said), tomorrow);
        assert_eq!(report(fresh, owner, tomorrow).never_sent, Part::of(0, 0), "it may still be sent");
        let view = report(fresh, owner, later(monday(), 2 * DAY));
        assert_eq!(view.never_sent, Part::of(2, 3));
        assert_eq!(view.measured, Part::of(0, 1));
    }

    fn an_answer_comes_back_with_a_ticket_about_the_same_within_three_days(fresh) {
        let owner = fresh.person("Olga Ruiz", &[Role::Admin]);
        let tim = fresh.technician("Tim Okafor");
        let [anna, ben, cleo] = ["Anna Berg", "Ben Fox", "Cleo Hart"].map(|name| fresh.person(name, &[Role::Requester]));
        let article = projector(fresh, tim);
        let (hour, minute) = (later(monday(), 3_600), later(monday(), 3_660));
        for person in [anna, ben, cleo] {
            let helped = GiveFeedback { article, verdict: Verdict::Helped, words: None };
            fresh.desk.execute_now(at(person, hour), helped).unwrap();
        }
        raise(fresh, anna, "The projector stays dark", None, later(monday(), DAY));
        raise(fresh, ben, "My parrot is ill", None, later(monday(), DAY));
        raise(fresh, cleo, "The projector stays dark", None, later(hour, 3 * DAY + 60));
        for (person, sent) in [(anna, false), (ben, false), (cleo, true)] {
            let said = Said::new("the projector stays dark").unwrap();
            assert!(fresh.desk.say_now(at(person, minute), said).unwrap().answered);
            if sent {
                fresh.desk.execute_now(at(person, minute), FileChat::default()).unwrap();
            }
        }
        let early = report(fresh, owner, later(monday(), 2 * DAY));
        assert_eq!(early.helped_and_came_back.of, 0, "they have not had their three days");
        let view = report(fresh, owner, later(monday(), 5 * DAY));
        assert_eq!(view.answered_and_came_back, Part::of(1, 2), "what was sent to people at once was no answer");
        assert_eq!(view.helped_and_came_back, Part::of(2, 3), "Anna's, and the conversation that Cleo sent");
        assert_eq!(view.came_back.iter().map(|one| (one.number, one.answers)).collect::<Vec<_>>(), [(article, 3)]);
    }

    fn a_department_that_went_quiet_is_found_beside_what_monitoring_measured(fresh) {
        let owner = fresh.person("Olga Ruiz", &[Role::Admin]);
        let mut people = Vec::new();
        for nth in 0..10 {
            let add = AddPerson {
                name: format!("Person {nth}"),
                email: format!("person{nth}@example.org"),
                department: if nth < 6 { "Finance" } else { "Legal" }.to_owned(),
                ..AddPerson::default()
            };
            people.push(fresh.desk.execute_now(at(owner, monday()), add).unwrap());
        }
        let moment = |text: &str| text.parse::<Timestamp>().unwrap();
        for day in ["2031-03-03T09:00:00Z", "2031-03-04T09:00:00Z", "2031-04-03T09:00:00Z"] {
            raise(fresh, people[0], "Dark screen", None, moment(day));
        }
        let now = moment("2031-05-10T09:00:00Z");
        let rows = trouble(&[
            ("Finance", "2031-03", "40"), ("Finance", "2031-04", "39.5"), ("Finnance", "2031-04", "1"),
            ("Finance", "2031-04", "3"), ("Finance", "April", "3"), ("Finance", "2031-05", "-3"), ("", "2031-04", "3"),
        ]);
        let preview = fresh.desk.ask_now(at(owner, now), PreviewTrouble { rows: rows.clone() }).unwrap();
        assert!(!report(fresh, owner, now).departments.trouble_known, "a preview writes nothing");
        let done = fresh.desk.execute_now(at(owner, now), ImportTrouble { rows: rows.clone() }).unwrap();
        assert_eq!(preview, done);
        assert_eq!((done.new, done.changed, done.unchanged), (3, 0, 0));
        assert_eq!(done.refused.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [5, 6, 7, 8]);
        assert_eq!(done.unknown, ["Finnance"]);
        let again = fresh.desk.execute_now(at(owner, now), ImportTrouble { rows }).unwrap();
        assert_eq!(again, TroubleReport { new: 0, unchanged: 3, ..done });
        let view = report(fresh, owner, now).departments;
        assert_eq!((view.month.to_string().as_str(), view.too_small, view.trouble_known), ("2031-04-01", 1, true));
        let [finance] = &view.departments[..] else { panic!("{:?}", view.departments) };
        assert_eq!((finance.tickets_before, finance.tickets, finance.people), (2, 1, 6));
        assert_eq!((finance.rate_before.to_string(), finance.rate.to_string()), ("33.3".to_owned(), "16.7".to_owned()));
        assert_eq!((finance.change, finance.went_quiet), (Some(-50), true));
        let fewer = trouble(&[("Finance", "2031-04", "20")]);
        let changed = fresh.desk.execute_now(at(owner, now), ImportTrouble { rows: fewer }).unwrap();
        assert_eq!(changed.changed, 1);
        assert!(!report(fresh, owner, now).departments.departments[0].went_quiet, "there is less trouble");
    }

    fn the_report_and_the_import_are_for_those_who_may(fresh) {
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let tim = fresh.technician("Tim Okafor");
        let finance = fresh.person("Fay Holm", &[Role::Finance]);
        for other in [anna, tim] {
            assert!(matches!(fresh.desk.ask_now(at(other, monday()), EffortReport), Err(Refused::NotFound(_))));
        }
        report(fresh, finance, monday());
        let rows = trouble(&[("Finance", "2031-03", "4")]);
        let refused = fresh.desk.execute_now(at(finance, monday()), ImportTrouble { rows: rows.clone() });
        assert!(matches!(refused, Err(Refused::Licence(_))), "{refused:?}");
        assert!(fresh.desk.ask_now(at(finance, monday()), PreviewTrouble { rows }).is_err());
        let kept = fresh.desk.database().read_now(|tx| store::effort::trouble(tx, 203_103)).unwrap();
        assert_eq!(kept, [], "nothing was written");
    }
}
