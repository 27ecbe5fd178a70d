//! Whoever leads somebody reads where that person's tickets stand, and does nothing for them.

use desk::{
    Refused,
    identity::{LeadsAnybody, ManagerOf, SetManager},
    ticket::{AddNote, AddReply, Follow, Search, TeamTickets, TicketDetail},
};
use domain::{
    PersonId,
    identity::Role,
    ticket::{Kind, Markdown, Ticket},
};

use crate::support::{Fresh, at, later, monday, on_both_engines};

fn reply(ticket: &Ticket, words: &str) -> AddReply {
    AddReply {
        ticket: ticket.id.into(),
        body: Markdown::new(words).unwrap(),
        then: None,
        resolution_code: None,
        if_version: None,
    }
}

fn led(fresh: &Fresh, by: PersonId, person: PersonId, manager: Option<PersonId>) {
    fresh.desk.execute_now(at(by, monday()), SetManager { person, manager }).unwrap();
}

on_both_engines! {
    fn a_manager_reads_the_tickets_of_those_they_lead_and_no_others(fresh) {
        let admin = fresh.person("Ada Min", &[Role::Admin]);
        let (tim, boss) = (fresh.technician("Tim Okafor"), fresh.person("Bea Holm", &[Role::Requester]));
        let (anna, ben) = (fresh.person("Anna Berg", &[Role::Requester]), fresh.person("Ben Fox", &[Role::Requester]));
        let (hers, his) = (
            fresh.raised(anna, Kind::Incident, "The clock is wrong", monday()),
            fresh.raised(ben, Kind::Incident, "The door sticks", monday()),
        );
        let team = |now| fresh.desk.ask_now(at(boss, now), TeamTickets { before: None, limit: 50 }).unwrap().items;
        assert!(team(monday()).is_empty() && !fresh.desk.ask_now(at(boss, monday()), LeadsAnybody).unwrap());
        let before = fresh.desk.ask_now(at(boss, monday()), TicketDetail { ticket: hers.id.into() });
        assert!(matches!(before, Err(Refused::NotFound(_))), "nobody reads it before they lead her");

        led(fresh, admin, anna, Some(boss));
        assert!(fresh.desk.ask_now(at(boss, monday()), LeadsAnybody).unwrap());
        let seen = team(monday());
        assert_eq!(seen.iter().map(|(view, _)| view.ticket.id).collect::<Vec<_>>(), [hers.id]);
        assert!(!seen[0].1.sentence.is_empty(), "where it stands, in plain words");
        fresh.desk.execute_now(at(tim, later(monday(), 60)), reply(&hers, "We look at it.")).unwrap();
        let note = AddNote { ticket: hers.id.into(), body: Markdown::new("She is in a hurry.").unwrap(), if_version: None };
        fresh.desk.execute_now(at(tim, later(monday(), 120)), note).unwrap();
        let detail = fresh.desk.ask_now(at(boss, monday()), TicketDetail { ticket: hers.id.into() }).unwrap();
        let said: Vec<_> = detail.timeline.items.iter().map(|item| item.body.as_str()).collect();
        assert!(said.contains(&"We look at it.") && !said.contains(&"She is in a hurry."), "no work note: {said:?}");
        assert!(!detail.own && !detail.sees_everything && !detail.follows);
        let other = fresh.desk.ask_now(at(boss, monday()), TicketDetail { ticket: his.id.into() });
        assert!(matches!(other, Err(Refused::NotFound(_))));

        let spoken = fresh.desk.execute_now(at(boss, monday()), reply(&hers, "Hurry up."));
        assert!(matches!(spoken, Err(Refused::Rule(_))), "nobody speaks for her: {spoken:?}");
        let own = Search { text: "clock".to_owned(), own_only: true, limit: 10 };
        assert!(fresh.desk.ask_now(at(boss, monday()), own).unwrap().is_empty(), "it is not the manager's own");
        let follow = fresh.desk.execute_now(at(boss, later(monday(), 180)), Follow { ticket: hers.id.into() });
        assert!(matches!(follow, Err(Refused::Rule(_))), "a right for a time is not made one for ever: {follow:?}");

        led(fresh, admin, anna, None);
        assert!(team(monday()).is_empty());
        let gone = fresh.desk.ask_now(at(boss, monday()), TicketDetail { ticket: hers.id.into() });
        assert!(matches!(gone, Err(Refused::NotFound(_))));
    }

    fn nobody_leads_in_a_circle_or_from_outside(fresh) {
        let admin = fresh.person("Ada Min", &[Role::Admin]);
        let (top, middle, low) = (
            fresh.person("Tara Top", &[Role::Requester]),
            fresh.person("Mia Middle", &[Role::Requester]),
            fresh.person("Lou Low", &[Role::Requester]),
        );
        led(fresh, admin, middle, Some(top));
        led(fresh, admin, low, Some(middle));
        for manager in [top, middle, low] {
            let circle = fresh.desk.execute_now(at(admin, monday()), SetManager { person: top, manager: Some(manager) });
            assert!(matches!(circle, Err(Refused::Invalid(_))), "{circle:?}");
        }
        let seen = fresh.desk.ask_now(at(low, monday()), ManagerOf { person: low }).unwrap();
        assert_eq!(seen.unwrap().name, "Mia Middle");
        let strangers = fresh.desk.ask_now(at(low, monday()), ManagerOf { person: middle });
        assert!(matches!(strangers, Err(Refused::NotFound(_))));
        let own_doing = fresh.desk.execute_now(at(low, monday()), SetManager { person: low, manager: Some(top) });
        assert!(own_doing.is_err(), "only an administrator says so");
    }
}
