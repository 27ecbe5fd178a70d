//! Macros: whose they are, what they may do, and that their words are filled in for each ticket.

use desk::{
    Refused,
    ticket::{DeleteMacro, MacroView, Macros, RaiseTicket, TicketDetail, WorkTicket, WriteMacro},
};
use domain::{
    MacroId, PersonId,
    identity::Role,
    ticket::{Assignee, Group, Kind, MacroName, Markdown, Saying, StateKey, Subject, UsedBy, Work},
};

use crate::support::{Fresh, at, monday, on_both_engines};

fn reply(text: &str) -> Work {
    Work {
        say: Some(Saying::Reply(Markdown::new(text).unwrap())),
        assignee: Some(Assignee::Me),
        to: Some(StateKey::new("in_progress").unwrap()),
        ..Work::default()
    }
}

fn keep(fresh: &Fresh, by: PersonId, name: &str, work: Work, used_by: UsedBy) -> Result<MacroId, Refused> {
    let command = WriteMacro { id: None, name: MacroName::new(name).unwrap(), work, used_by };
    fresh.desk.execute_now(at(by, monday()), command).map(|written| written.id)
}

fn seen(fresh: &Fresh, by: PersonId) -> Vec<MacroView> {
    fresh.desk.ask_now(at(by, monday()), Macros::default()).unwrap()
}

on_both_engines! {
    fn a_macro_does_all_of_it_with_its_words_filled_in(fresh) {
        let (tim, anna) = (fresh.technician("Tim Okafor"), fresh.person("Anna Berg", &[Role::Requester]));
        let raise = RaiseTicket::of(Kind::Incident, Subject::new("No signal").unwrap(), None);
        let ticket = fresh.desk.execute_now(at(anna, monday()), raise).unwrap();
        let work = reply("Dear {{first_name}}, {{number}} is with me. {{me}}");
        keep(fresh, tim, "Take it", work, UsedBy::Everybody).unwrap();
        let kept = seen(fresh, tim).remove(0);
        assert_eq!(kept.does, ["replies", "takes it", "moves it to In progress"]);
        let command = WorkTicket { ticket: ticket.id.into(), work: kept.work, if_version: Some(ticket.version) };
        let after = fresh.desk.execute_now(at(tim, monday()), command).unwrap();
        assert_eq!((after.assignee, after.state.as_str()), (Some(tim), "in_progress"));
        let detail = fresh.desk.ask_now(at(anna, monday()), TicketDetail { ticket: ticket.id.into() }).unwrap();
        assert!(detail.timeline.items.iter().any(|item| item.body == "Dear Anna, INC-1 is with me. Tim Okafor"));
    }

    fn a_macro_is_its_authors_or_everybodys(fresh) {
        let (tim, eva) = (fresh.technician("Tim Okafor"), fresh.technician("Eva Lund"));
        let own = keep(fresh, tim, "Mine", reply("x"), UsedBy::Author).unwrap();
        let shared = keep(fresh, tim, "Ours", reply("x"), UsedBy::Everybody).unwrap();
        let names = |by| seen(fresh, by).into_iter().map(|it| (it.name, it.changeable)).collect::<Vec<_>>();
        assert_eq!(names(tim), [("Mine".to_owned(), true), ("Ours".to_owned(), true)]);
        assert_eq!(names(eva), [("Ours".to_owned(), false)]);
        assert!(matches!(fresh.desk.execute_now(at(eva, monday()), DeleteMacro { id: own }), Err(Refused::NotFound(_))));
        let Err(Refused::Rule(why)) = fresh.desk.execute_now(at(eva, monday()), DeleteMacro { id: shared }) else {
            panic!("it is not hers")
        };
        assert!(why.contains("Tim Okafor"), "{why}");
        fresh.desk.execute_now(at(tim, monday()), DeleteMacro { id: shared }).unwrap();
        assert_eq!(names(eva), []);
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        assert!(fresh.desk.ask_now(at(anna, monday()), Macros::default()).is_err());
    }

    fn a_macro_that_does_nothing_or_has_a_blank_that_nothing_fills_is_refused(fresh) {
        let tim = fresh.technician("Tim Okafor");
        assert!(matches!(keep(fresh, tim, "Nothing", Work::default(), UsedBy::Author), Err(Refused::Rule(_))));
        let unknown = keep(fresh, tim, "Unknown", reply("Dear {{customer}}"), UsedBy::Author);
        assert!(matches!(unknown, Err(Refused::Invalid(_))), "{unknown:?}");
        assert_eq!(seen(fresh, tim), []);
    }

    fn what_a_macro_names_may_be_gone_and_it_says_so(fresh) {
        let tim = fresh.technician("Tim Okafor");
        let gone = "0190c7a2-7f3e-7cc1-9d3f-2b6a3c1d9e42".parse().unwrap();
        let work = Work { group: Some(Group::Is(gone)), ..Work::default() };
        keep(fresh, tim, "Old", work.clone(), UsedBy::Author).unwrap();
        assert_eq!(seen(fresh, tim)[0].does, ["gives it to a group that is gone"]);
        let raise = RaiseTicket::of(Kind::Incident, Subject::new("No signal").unwrap(), None);
        let ticket = fresh.desk.execute_now(at(tim, monday()), raise).unwrap();
        let refused = fresh.desk.execute_now(at(tim, monday()), WorkTicket { ticket: ticket.id.into(), work, if_version: None });
        assert!(matches!(refused, Err(Refused::Invalid(_))), "{refused:?}");
    }
}
