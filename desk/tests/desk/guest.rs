//! Guests: a ticket without an account, followed by a link that leads to it alone.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use desk::{
    Refused, Result,
    guest::{
        Follower, GuestOf, GuestRaised, GuestTicket, Guests, GuestsSetting, NewGuestLink, RevokeGuestLink,
        SetGuests,
    },
    ticket::{AddNote, AddReply, OneTicket, TicketDetail, WithdrawTicket},
};
use domain::{
    PersonId, Timestamp,
    identity::Role,
    ticket::{Markdown, Subject, TicketNumber},
};
use jiff::SignedDuration;

use crate::support::{Fresh, at, later, monday, on_both_engines, seed};

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn form(n: u8) -> String {
    URL_SAFE_NO_PAD.encode([n; 32])
}

fn says(email: &str, subject: &str, form: &str) -> GuestTicket {
    GuestTicket {
        name: "Anna Berg".to_owned(),
        email: email.to_owned(),
        subject: Subject::new(subject).unwrap(),
        description: None,
        form: form.to_owned(),
        remote: "203.0.113.9".parse().ok(),
    }
}

fn raise(fresh: &Fresh, sent: GuestTicket, now: Timestamp) -> Result<GuestRaised> {
    wait(fresh.desk.raise_as_guest(sent, now, seed()))
}

fn follow(fresh: &Fresh, secret: &str, now: Timestamp) -> Result<Follower> {
    wait(fresh.desk.follow_as_guest(secret, now))
}

/// An administrator and a technician at a desk that is open to guests.
fn open(fresh: &Fresh) -> (PersonId, PersonId) {
    let (ada, tim) = (fresh.person("Ada Admin", &[Role::Admin]), fresh.technician("Tim Okafor"));
    let set = SetGuests { guests: Guests { open: true }, version: 0 };
    fresh.desk.execute_now(at(ada, monday()), set).unwrap();
    (ada, tim)
}

fn markdown(text: &str) -> Markdown {
    Markdown::new(text).unwrap()
}

on_both_engines! {
    fn a_link_leads_to_its_own_ticket_and_shows_public_words_alone(fresh) {
        let (_, tim) = open(fresh);
        let one = raise(fresh, says("anna.berg@example.org", "My badge is dead", &form(1)), monday()).unwrap();
        let two = raise(fresh, says("anna.berg@example.org", "My salary slip", &form(2)), monday()).unwrap();
        let follower = follow(fresh, one.secret.reveal(), monday()).unwrap();
        let ctx = || follower.context(later(monday(), 60), seed());
        let note = AddNote { ticket: one.number.into(), body: markdown("She left in May."), if_version: None };
        fresh.desk.execute_now(at(tim, monday()), note).unwrap();
        let reply = |body: &str| AddReply { ticket: one.number.into(), body: markdown(body), then: None, resolution_code: None, if_version: None };
        fresh.desk.execute_now(at(tim, later(monday(), 30)), reply("We look at it.")).unwrap();
        fresh.desk.execute_now(ctx(), reply("Thank you.")).unwrap();
        let detail = fresh.desk.ask_now(ctx(), TicketDetail { ticket: follower.ticket.into() }).unwrap();
        let said: Vec<_> = detail.timeline.items.iter().map(|item| item.body.as_str()).collect();
        assert!(said.contains(&"We look at it.") && said.contains(&"Thank you."), "{said:?}");
        assert!(!said.iter().any(|words| words.contains("May")), "a work note is for technicians: {said:?}");
        // The same address, the same name, another ticket.
        assert!(matches!(fresh.desk.ask_now(ctx(), OneTicket { ticket: two.number.into() }), Err(Refused::NotFound(_))));
        assert!(matches!(fresh.desk.execute_now(ctx(), WithdrawTicket { ticket: two.number.into() }), Err(Refused::NotFound(_))));
        fresh.desk.execute_now(ctx(), WithdrawTicket { ticket: one.number.into() }).unwrap();
    }

    fn an_address_of_a_colleague_makes_nobody_that_colleague(fresh) {
        let (_, tim) = open(fresh);
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        let known = raise(fresh, says("Anna.Berg@example.org", "Reset my password", &form(1)), monday()).unwrap();
        let unknown = raise(fresh, says("who@elsewhere.example", "Reset my password", &form(2)), monday()).unwrap();
        let requester = |number: TicketNumber| fresh.desk.ask_now(at(tim, monday()), OneTicket { ticket: number.into() }).unwrap();
        assert_ne!(requester(known.number).ticket.requester, anna);
        assert_eq!(requester(known.number).requester_name, "Anna Berg (guest)");
        assert!(matches!(fresh.desk.ask_now(at(anna, monday()), OneTicket { ticket: known.number.into() }), Err(Refused::NotFound(_))));
        let guest = |number: TicketNumber| fresh.desk.ask_now(at(tim, monday()), GuestOf { ticket: number.into() }).unwrap().unwrap();
        assert_eq!(guest(known.number).known.map(|person| person.id), Some(anna), "technicians are told");
        assert_eq!((guest(unknown.number).known, guest(unknown.number).email.as_str()), (None, "who@elsewhere.example"));
    }

    fn the_same_form_sent_twice_is_one_ticket_with_one_link(fresh) {
        open(fresh);
        let first = raise(fresh, says("a@example.org", "The door is stuck", &form(1)), monday()).unwrap();
        let again = raise(fresh, says("a@example.org", "The door is stuck", &form(1)), later(monday(), 1)).unwrap();
        assert_eq!(first, again);
        assert!(follow(fresh, again.secret.reveal(), monday()).is_ok());
        let other = raise(fresh, says("a@example.org", "The window is stuck", &form(1)), later(monday(), 2));
        assert!(matches!(other, Err(Refused::KeyReused)), "{other:?}");
        let weak = raise(fresh, says("a@example.org", "The window is stuck", "guess-me"), later(monday(), 3));
        assert!(matches!(weak, Err(Refused::Rule(_))), "a link follows from 256 bits or there is none: {weak:?}");
    }

    fn a_link_is_revoked_replaced_and_over_in_time(fresh) {
        let (_, tim) = open(fresh);
        let raised = raise(fresh, says("a@example.org", "The door is stuck", &form(1)), monday()).unwrap();
        let ticket = raised.number.into();
        fresh.desk.execute_now(at(tim, monday()), RevokeGuestLink { ticket }).unwrap();
        assert!(matches!(follow(fresh, raised.secret.reveal(), monday()), Err(Refused::NotFound("link"))));
        assert!(matches!(fresh.desk.execute_now(at(tim, monday()), RevokeGuestLink { ticket }), Err(Refused::Rule(_))));

        let make = NewGuestLink { ticket, origin: "https://desk.example".to_owned() };
        let made = fresh.desk.execute_now(at(tim, monday()), make.clone()).unwrap();
        let secret = made.link.strip_prefix("https://desk.example/guest/").unwrap();
        assert!(follow(fresh, secret, monday()).is_ok() && follow(fresh, raised.secret.reveal(), monday()).is_err());
        let again = fresh.desk.execute_now(at(tim, monday()), make).unwrap();
        assert!(follow(fresh, secret, monday()).is_err(), "a new link ends the one before");
        let latest = again.link.strip_prefix("https://desk.example/guest/").unwrap();
        let follower = follow(fresh, latest, monday()).unwrap();

        let end = later(monday(), 600);
        fresh.desk.execute_now(follower.context(end, seed()), WithdrawTicket { ticket }).unwrap();
        let day = SignedDuration::from_hours(24);
        assert!(follow(fresh, latest, end + day * 89).is_ok());
        assert!(follow(fresh, latest, end + day * 90).is_err());
    }

    fn a_desk_is_closed_to_guests_until_an_administrator_opens_it_and_nobody_floods_it(fresh) {
        let tim = fresh.technician("Tim Okafor");
        let closed = raise(fresh, says("a@example.org", "Hello", &form(1)), monday());
        assert!(matches!(closed, Err(Refused::NotFound(_))), "{closed:?}");
        let set = SetGuests { guests: Guests { open: true }, version: 0 };
        assert!(fresh.desk.execute_now(at(tim, monday()), set).is_err());
        let ada = fresh.person("Ada Admin", &[Role::Admin]);
        fresh.desk.execute_now(at(ada, monday()), set).unwrap();
        assert!(fresh.desk.ask_now(at(tim, monday()), GuestsSetting).unwrap().0.open);
        for n in 1..=5 {
            raise(fresh, says("a@example.org", "Hello", &form(n)), monday()).unwrap();
        }
        let flood = raise(fresh, says("A@example.org", "Hello", &form(6)), monday());
        assert!(matches!(flood, Err(Refused::Throttled { .. })), "{flood:?}");
        assert!(raise(fresh, says("b@example.org", "Hello", &form(7)), monday()).is_ok(), "others are not held up");
        let Err(Refused::Invalid(errors)) = raise(fresh, GuestTicket { name: " ".to_owned(), ..says("nowhere", "x", &form(8)) }, monday()) else {
            panic!("neither a name nor an address");
        };
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["name", "email"]);
    }
}
