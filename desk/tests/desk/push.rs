//! Which browsers are told that something waits for their person, and what becomes of each message.

use desk::{
    Context, Refused,
    identity::{ChangePerson, PersonChanges, SignOut, SignOutEverywhere},
    push::{Ended, MyPushSubscriptions, PushDelivery, PushSubscribed, SubscribePush, UnsubscribePush},
    ticket::{AddNote, AddReply, AnswerApproval, AskApproval, TransitionTicket},
};
use domain::{
    PersonId, SessionId, Timestamp,
    identity::{Account, Channel, Principal, Role},
    push::{MOST_DEVICES, News, PushKeys, Services, TTL},
    ticket::{ApprovalQuestion, Decision, Kind, Markdown, Quorum, StateKey, Ticket},
};
use store::session::{self, Session};
use uuid::Uuid;

use crate::support::{Fresh, at, later, monday, on_both_engines, seed};

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn browser(n: u8) -> SubscribePush {
    let endpoint = Services::default().admit(&format!("https://fcm.googleapis.com/fcm/send/{n}")).unwrap();
    let keys = PushKeys { p256dh: [vec![4], vec![n; 64]].concat(), auth: vec![n; 16] };
    SubscribePush { endpoint, keys, user_agent: format!("Browser {n}") }
}

fn told(fresh: &Fresh, person: PersonId, n: u8) -> PushSubscribed {
    fresh.desk.execute_now(at(person, monday()), browser(n)).unwrap()
}

fn claim(fresh: &Fresh, now: Timestamp) -> Vec<PushDelivery> {
    wait(fresh.desk.claim_pushes(now, 32)).unwrap()
}

fn end(fresh: &Fresh, delivery: PushDelivery, ended: Ended, now: Timestamp) {
    wait(fresh.desk.push_ended(delivery, ended, now)).unwrap();
}

/// What is to be told, to which browser.
fn news(claimed: &[PushDelivery]) -> Vec<(News, String)> {
    let mut all: Vec<_> = claimed.iter().map(|it| (it.news, it.endpoint.clone())).collect();
    all.sort();
    all
}

fn fcm(n: u8) -> String {
    format!("https://fcm.googleapis.com/fcm/send/{n}")
}

fn reply(fresh: &Fresh, by: PersonId, ticket: &Ticket, now: Timestamp) {
    let body = Markdown::new("Have you tried the other port?").unwrap();
    let reply =
        AddReply { ticket: ticket.id.into(), body, then: None, resolution_code: None, if_version: None };
    fresh.desk.execute_now(at(by, now), reply).unwrap();
}

fn devices(fresh: &Fresh, person: PersonId) -> usize {
    fresh.desk.ask_now(at(person, monday()), MyPushSubscriptions).unwrap().len()
}

/// Signed in with another browser than everybody is otherwise.
fn elsewhere(fresh: &Fresh, person: PersonId, n: u128) -> Context {
    let session = SessionId::from(Uuid::from_u128(n));
    let row = Session {
        id: session,
        person,
        user_agent: String::new(),
        created_at: monday(),
        last_seen_at: monday(),
        expires_at: later(monday(), 86_400),
    };
    let hash = [u8::try_from(n).unwrap(); 32];
    fresh.desk.database().write_now(move |tx| session::insert(tx, &row, &hash)).unwrap();
    Context::new(Principal::person(person, session, Channel::Web), monday(), seed())
}

on_both_engines! {
    fn whoever_asked_is_told_of_an_answer_and_nobody_else(fresh) {
        let (anna, ben, tim) = (fresh.person("Anna", &[Role::Requester]), fresh.person("Ben", &[Role::Requester]), fresh.technician("Tim"));
        told(fresh, anna, 1);
        told(fresh, anna, 2);
        told(fresh, ben, 3);
        told(fresh, tim, 4);
        let ticket = fresh.raised(anna, Kind::Incident, "My screen is dark", monday());
        let note = AddNote { ticket: ticket.id.into(), body: Markdown::new("She sits on the cable.").unwrap(), if_version: None };
        fresh.desk.execute_now(at(tim, monday()), note).unwrap();
        assert_eq!(claim(fresh, monday()), [], "a work note is nobody's news");
        reply(fresh, anna, &ticket, monday());
        assert_eq!(claim(fresh, monday()), [], "her own words are not, either");
        reply(fresh, tim, &ticket, monday());
        let claimed = claim(fresh, later(monday(), 1));
        assert_eq!(news(&claimed), [(News::Answered, fcm(1)), (News::Answered, fcm(2))]);
        assert_eq!(claimed[0].number, ticket.number.to_string());
        assert_eq!(claim(fresh, later(monday(), 1)), [], "each is one process's alone");
    }

    fn a_repeat_takes_the_place_of_what_was_not_told(fresh) {
        let (anna, tim) = (fresh.person("Anna", &[Role::Requester]), fresh.technician("Tim"));
        told(fresh, anna, 1);
        let ticket = fresh.raised(anna, Kind::Incident, "My screen is dark", monday());
        reply(fresh, tim, &ticket, monday());
        let first = claim(fresh, monday()).remove(0);
        let body = Some(Markdown::new("Waiting for her.").unwrap());
        let to = StateKey::new("waiting_for_requester").unwrap();
        let ask = TransitionTicket { ticket: ticket.id.into(), to, resolution_code: None, note: body, if_version: None };
        fresh.desk.execute_now(at(tim, later(monday(), 1)), ask).unwrap();
        // What was under way is told; what came meanwhile is told too.
        end(fresh, first, Ended::Taken, later(monday(), 2));
        let second = claim(fresh, later(monday(), 2));
        assert_eq!(news(&second), [(News::Waits, fcm(1))]);
        reply(fresh, tim, &ticket, later(monday(), 3));
        reply(fresh, tim, &ticket, later(monday(), 4));
        assert_eq!(claim(fresh, later(monday(), 5)).len(), 1, "of one ticket, the latest alone");
    }

    fn it_is_tried_again_until_it_is_taken_and_not_for_ever(fresh) {
        let (anna, tim) = (fresh.person("Anna", &[Role::Requester]), fresh.technician("Tim"));
        told(fresh, anna, 1);
        let ticket = fresh.raised(anna, Kind::Incident, "My screen is dark", monday());
        reply(fresh, tim, &ticket, monday());
        // Whoever had it died: another tries.
        assert_eq!(claim(fresh, monday()).len(), 1);
        assert_eq!(claim(fresh, later(monday(), 119)).len(), 0);
        let mut now = later(monday(), 121);
        let mut tries = 1;
        while let Some(delivery) = claim(fresh, now).pop() {
            tries += 1;
            end(fresh, delivery, Ended::Later(None), now);
            assert_eq!(claim(fresh, now).len(), 0, "not at once");
            now = later(now, 4 * 3_600);
        }
        assert_eq!(tries, 6);
        assert_eq!(devices(fresh, anna), 1, "the browser is told of the next");
        reply(fresh, tim, &ticket, now);
        assert_eq!(claim(fresh, now + TTL + TTL), [], "what is old is no news");
        reply(fresh, tim, &ticket, now);
        end(fresh, claim(fresh, now).remove(0), Ended::Taken, now);
        assert_eq!(claim(fresh, later(now, 999)), []);
        let seen = fresh.desk.ask_now(at(anna, now), MyPushSubscriptions).unwrap();
        assert_eq!(seen[0].told_at, Some(now));
    }

    fn a_browser_that_is_gone_is_forgotten_with_what_it_was_to_be_told(fresh) {
        let (anna, tim) = (fresh.person("Anna", &[Role::Requester]), fresh.technician("Tim"));
        let gone = told(fresh, anna, 1);
        told(fresh, anna, 2);
        for subject in ["My screen is dark", "My mouse is dead"] {
            let ticket = fresh.raised(anna, Kind::Incident, subject, monday());
            reply(fresh, tim, &ticket, monday());
        }
        let mut claimed = claim(fresh, monday());
        assert_eq!(claimed.len(), 4);
        let nth = claimed.iter().position(|it| it.subscription == gone.id).unwrap();
        end(fresh, claimed.remove(nth), Ended::Gone, monday());
        assert_eq!(devices(fresh, anna), 1);
        let later = claim(fresh, later(monday(), 121));
        assert!(later.len() == 2 && later.iter().all(|it| it.subscription != gone.id));
    }

    fn whoever_is_asked_for_an_approval_is_told_until_it_is_decided(fresh) {
        let (anna, ben, tim) = (fresh.person("Anna", &[Role::Requester]), fresh.person("Ben", &[Role::Requester]), fresh.technician("Tim"));
        let carla = fresh.person("Carla", &[Role::Requester]);
        told(fresh, ben, 1);
        told(fresh, carla, 2);
        let ticket = fresh.raised(anna, Kind::ServiceRequest, "A second screen", monday());
        let ask = AskApproval {
            ticket: ticket.id.into(),
            question: ApprovalQuestion::new("240 EUR?").unwrap(),
            quorum: Quorum::Any,
            people: vec![ben, carla],
            if_version: None,
        };
        let asked = fresh.desk.execute_now(at(tim, monday()), ask).unwrap();
        let claimed = claim(fresh, monday());
        assert_eq!(news(&claimed), [(News::Approval, fcm(1)), (News::Approval, fcm(2))]);
        for delivery in claimed {
            end(fresh, delivery, Ended::Later(None), monday());
        }
        let yes = AnswerApproval { approval: asked.id, decision: Decision::Approved, words: None };
        fresh.desk.execute_now(at(ben, later(monday(), 9)), yes).unwrap();
        assert_eq!(claim(fresh, later(monday(), 999)), [], "it waits for nobody any more");
    }

    fn a_browser_is_one_persons_and_ends_with_their_session(fresh) {
        let (boss, anna, ben, tim) =
            (fresh.person("Boss", &[Role::Admin]), fresh.person("Anna", &[Role::Requester]), fresh.person("Ben", &[Role::Requester]), fresh.technician("Tim"));
        let first = told(fresh, anna, 1);
        assert_eq!(told(fresh, anna, 1), first, "told twice, it is the same");
        told(fresh, ben, 1);
        assert_eq!((devices(fresh, anna), devices(fresh, ben)), (0, 1), "whoever uses it last");
        let stolen = told(fresh, ben, 2);
        let foreign = fresh.desk.execute_now(at(anna, monday()), UnsubscribePush { subscription: stolen.id });
        assert!(matches!(foreign, Err(Refused::NotFound(_))), "{foreign:?}");
        fresh.desk.execute_now(at(ben, monday()), UnsubscribePush { subscription: stolen.id }).unwrap();

        for n in 0..MOST_DEVICES {
            told(fresh, tim, 100 + u8::try_from(n).unwrap());
        }
        let many = fresh.desk.execute_now(at(tim, monday()), browser(99));
        assert!(matches!(many, Err(Refused::Rule(_))), "{many:?}");
        told(fresh, tim, 100);
        assert_eq!(devices(fresh, tim), MOST_DEVICES);

        let mut token = at(ben, monday());
        token.principal.authenticated_as = Account::Token { person: ben, token: Uuid::from_u128(1).into() };
        assert!(matches!(fresh.desk.execute_now(token, browser(3)), Err(Refused::Rule(_))), "it would outlive the token");

        // One browser signs out, then all of them.
        let phone = elsewhere(fresh, anna, 8);
        let Account::Session { session, .. } = phone.principal.authenticated_as else { unreachable!() };
        fresh.desk.execute_now(phone, browser(10)).unwrap();
        fresh.desk.execute_now(elsewhere(fresh, anna, 9), browser(11)).unwrap();
        fresh.desk.execute_now(at(anna, monday()), SignOut { session }).unwrap();
        assert_eq!(devices(fresh, anna), 1);
        fresh.desk.execute_now(at(anna, monday()), SignOutEverywhere).unwrap();
        assert_eq!(devices(fresh, anna), 0);

        let leaves = PersonChanges { active: Some(false), ..PersonChanges::default() };
        fresh.desk.execute_now(at(boss, monday()), ChangePerson { person: ben, version: 1, changes: leaves }).unwrap();
        let left = fresh.desk.database().read_now(move |tx| store::push::of_person(tx, ben)).unwrap();
        assert_eq!(left, []);
    }

    fn the_key_is_made_once(fresh) {
        let make = |byte| wait(fresh.desk.push_key(monday(), || Ok::<_, ()>(vec![byte]))).unwrap().unwrap();
        assert_eq!((make(1), make(2)), (vec![1], vec![1]));
        let other = crate::support::another(&fresh.url);
        assert_eq!(wait(other.push_key(monday(), || Err(()))).unwrap(), Ok(vec![1]));
    }
}
