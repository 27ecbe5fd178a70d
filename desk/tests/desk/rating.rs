//! How requesters were helped, in their own judgement.

use desk::{
    Refused,
    ticket::{RateTicket, RatingOf, TicketDetail},
};
use domain::{
    identity::Role,
    ticket::{Kind, Rating, RatingWords, Ticket},
};

use crate::support::{at, later, monday, on_both_engines};

fn rate(ticket: &Ticket, rating: Rating, words: Option<&str>) -> RateTicket {
    RateTicket {
        ticket: ticket.id.into(),
        rating,
        words: words.map(|words| Some(RatingWords::new(words).unwrap())),
    }
}

on_both_engines! {
    fn a_requester_says_in_one_tap_how_they_were_helped_and_may_think_again(fresh) {
        let (tim, anna) = (fresh.technician("Tim Okafor"), fresh.person("Anna Berg", &[Role::Requester]));
        let ticket = fresh.raised(anna, Kind::Incident, "The clock is wrong", monday());
        let early = fresh.desk.execute_now(at(anna, monday()), rate(&ticket, Rating::Good, None));
        assert!(matches!(early, Err(Refused::Rule(_))), "{early:?}");
        fresh.solve(tim, &ticket, monday());
        fresh.desk.execute_now(at(anna, monday()), rate(&ticket, Rating::Poor, Some("It took a week."))).unwrap();
        fresh.desk.execute_now(at(anna, later(monday(), 60)), rate(&ticket, Rating::Fair, None)).unwrap();
        let seen = fresh.desk.ask_now(at(tim, monday()), RatingOf { ticket: ticket.id.into() }).unwrap().unwrap();
        assert_eq!((seen.rating, seen.words.as_deref()), (Rating::Fair, Some("It took a week.")));
        let detail = fresh.desk.ask_now(at(tim, monday()), TicketDetail { ticket: ticket.id.into() }).unwrap();
        let rated: Vec<_> = detail.timeline.items.iter().map(|item| item.body.as_str()).filter(|body| body.starts_with("rated")).collect();
        assert_eq!(rated, ["rated the help: Not good", "rated the help: So-so"]);
        assert_eq!(detail.view.ticket.state.as_str(), "resolved", "to judge it does not reopen it");
        let back = RateTicket { words: Some(None), ..rate(&ticket, Rating::Fair, None) };
        fresh.desk.execute_now(at(anna, later(monday(), 120)), back).unwrap();
        let seen = fresh.desk.ask_now(at(tim, monday()), RatingOf { ticket: ticket.id.into() }).unwrap().unwrap();
        assert_eq!(seen.words, None, "words can be taken back");
    }

    fn nobody_else_says_it_for_them(fresh) {
        let (tim, anna) = (fresh.technician("Tim Okafor"), fresh.person("Anna Berg", &[Role::Requester]));
        let ben = fresh.person("Ben Fox", &[Role::Requester]);
        let ticket = fresh.raised(anna, Kind::Incident, "The clock is wrong", monday());
        fresh.solve(tim, &ticket, monday());
        let technician = fresh.desk.execute_now(at(tim, monday()), rate(&ticket, Rating::Good, None));
        assert!(matches!(technician, Err(Refused::Rule(_))), "{technician:?}");
        let stranger = fresh.desk.execute_now(at(ben, monday()), rate(&ticket, Rating::Good, None));
        assert!(matches!(stranger, Err(Refused::NotFound(_))), "{stranger:?}");
        let looked = fresh.desk.ask_now(at(ben, monday()), RatingOf { ticket: ticket.id.into() });
        assert!(matches!(looked, Err(Refused::NotFound(_))));
        assert_eq!(fresh.desk.ask_now(at(tim, monday()), RatingOf { ticket: ticket.id.into() }).unwrap(), None);
    }
}
