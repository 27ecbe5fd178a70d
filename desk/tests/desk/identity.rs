//! Signing in, tokens, and acting for somebody.

use std::{future::Future, net::IpAddr};

use desk::{
    Context, Desk, Idempotency, Refused,
    data::{Records, StoredRecord},
    identity::{
        AddServiceAccount, Authenticated, Browser, ChangePerson, DeactivateServiceAccount,
        FirstAdministrator, LinkPurpose, MakeSignInLink, MakeToken, MakeTokenFor, OnBehalf, PersonChanges,
        RevokeToken, Sessions, SignIn, SignOut, SignOutEverywhere, SignedIn, TokenMade, TokenOwner, Tokens,
    },
    ticket::{AddNote, AddReply, PreviewWork, RaiseTicket, TextModules, TicketDetail, TransitionTicket},
};
use domain::{
    PersonId, Timestamp,
    identity::{Account, Actor, Capability, Channel, ExternalIdentity, Role, SystemActor},
    licence::{Refusal, Verdict},
    ticket::{Kind, Markdown, Saying, StateKey, Subject, Work},
};

use crate::support::{Fresh, at, later, monday, on_both_engines, seed};

const RIGHT: &str = "correct horse battery";
const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

pub(crate) fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

pub(crate) fn operator(now: Timestamp) -> Context {
    Context::system(SystemActor::CommandLine, now, seed())
}

fn browser() -> Browser {
    Browser { user_agent: "Firefox".to_owned(), remote: Some(IpAddr::from([192, 0, 2, 7])) }
}

/// Signs somebody in by a link, as they do before they have a password.
fn by_link(fresh: &Fresh, person: PersonId, now: Timestamp) -> SignedIn {
    let link = MakeSignInLink { person, purpose: LinkPurpose::SignIn, minutes: 60 };
    let link = fresh.desk.execute_now(operator(now), link).unwrap();
    wait(fresh.desk.use_sign_in_link(link.secret.reveal(), browser(), now, seed())).unwrap()
}

fn of_session(desk: &Desk, signed_in: &SignedIn, now: Timestamp) -> Result<Authenticated, Refused> {
    wait(desk.authenticate_session(signed_in.secret.reveal(), Channel::Web, now))
}

/// Somebody with the password [`RIGHT`].
fn with_password(fresh: &Fresh, name: &str) -> PersonId {
    let person = fresh.person(name, &[Role::Requester]);
    let signed_in = by_link(fresh, person, monday());
    let ctx = of_session(&fresh.desk, &signed_in, monday()).unwrap().context(monday(), seed());
    wait(fresh.desk.set_password(ctx, None, RIGHT.to_owned(), &browser())).unwrap();
    person
}

fn try_password(fresh: &Fresh, email: &str, password: &str, now: Timestamp) -> Result<SignedIn, Refused> {
    let attempt = SignIn { email: email.to_owned(), password: password.to_owned(), browser: browser() };
    wait(fresh.desk.sign_in(attempt, now, seed()))
}

fn records(fresh: &Fresh) -> Vec<StoredRecord> {
    fresh.desk.database().read_now(|tx| store::audit::latest(tx, &Records::All, None, 200)).unwrap()
}

fn own_token(fresh: &Fresh, person: PersonId, scopes: &[Capability]) -> TokenMade {
    let token = MakeToken { label: "laptop".to_owned(), scopes: scopes.to_vec(), expires_in_days: Some(30) };
    fresh.desk.execute_now(at(person, monday()), token).unwrap()
}

fn bearer(
    fresh: &Fresh,
    token: &TokenMade,
    on_behalf: impl Into<Option<OnBehalf>>,
    now: Timestamp,
) -> Result<Authenticated, Refused> {
    wait(fresh.desk.authenticate_token(token.secret.reveal(), on_behalf.into(), now))
}

/// A service account's token.
fn program(fresh: &Fresh, scopes: &[Capability]) -> TokenMade {
    let account =
        fresh.desk.execute_now(operator(monday()), AddServiceAccount { name: "Chat".to_owned() }).unwrap();
    let token = MakeToken { label: "chat".to_owned(), scopes: scopes.to_vec(), expires_in_days: None };
    let owner = TokenOwner::ServiceAccount(account);
    fresh.desk.execute_now(operator(monday()), MakeTokenFor { owner, token }).unwrap()
}

fn from(name: &str) -> OnBehalf {
    OnBehalf::Person(name.to_owned())
}

fn field(refused: &Refused) -> &str {
    match refused {
        Refused::Invalid(fields) => &fields[0].field,
        other => panic!("not a field: {other:?}"),
    }
}

fn ticket() -> RaiseTicket {
    RaiseTicket::of(Kind::Incident, Subject::new("The badge reader is dark").unwrap(), None)
}

fn lacks(refused: &Refused) -> bool {
    matches!(refused, Refused::Licence(verdict) if matches!(
        **verdict, Verdict::Refused(Refusal::CapabilityMissing { .. })))
}

on_both_engines! {
    fn a_wrong_password_and_an_unknown_address_are_answered_alike(fresh) {
        with_password(fresh, "Ada");
        fresh.person("Newcomer", &[]);
        let answers: Vec<_> = [
            ("ada@example.org", "wrong horse battery"),
            ("nobody@example.org", RIGHT),
            ("newcomer@example.org", RIGHT),
            ("no address at all\0", RIGHT),
        ]
        .map(|(email, password)| try_password(fresh, email, password, monday()).unwrap_err().to_string())
        .into();
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
        assert!(try_password(fresh, " ADA@example.org ", RIGHT, monday()).is_ok());
    }

    fn five_wrong_guesses_block_even_the_right_password_for_a_while(fresh) {
        with_password(fresh, "Ada");
        let mut now = monday();
        for _ in 0..5 {
            now = later(now, 1);
            assert!(matches!(try_password(fresh, "ada@example.org", "guess", now), Err(Refused::SignIn(_))));
        }
        let blocked = try_password(fresh, "Ada@example.org", RIGHT, later(now, 1)).unwrap_err();
        let Refused::Throttled { until, .. } = blocked else { panic!("{blocked:?}") };
        assert_eq!(until, later(now, MINUTE));

        // The next failure after the block doubles it.
        assert!(matches!(try_password(fresh, "ada@example.org", "guess", until), Err(Refused::SignIn(_))));
        let blocked = try_password(fresh, "ada@example.org", RIGHT, later(until, 1)).unwrap_err();
        assert!(matches!(blocked, Refused::Throttled { until: longer, .. } if longer == later(until, 2 * MINUTE)));

        assert!(try_password(fresh, "ada@example.org", RIGHT, later(until, 3 * MINUTE)).is_ok());
        assert!(matches!(
            try_password(fresh, "ada@example.org", "guess", later(until, 3 * MINUTE)),
            Err(Refused::SignIn(_))
        ), "success forgets the failures before it");
    }

    fn guesses_sent_all_at_once_are_not_more_guesses(fresh) {
        with_password(fresh, "Ada");
        let looked_at = std::thread::scope(|scope| {
            let guesses: Vec<_> = (0..16)
                .map(|_| scope.spawn(|| try_password(fresh, "ada@example.org", "guess", monday())))
                .collect();
            let answers = guesses.into_iter().map(|guess| guess.join().unwrap());
            answers.filter(|answer| matches!(answer, Err(Refused::SignIn(_)))).count()
        });
        // Those in the same two turns as the fifth failure were looked at too.
        assert!((5..=7).contains(&looked_at), "{looked_at} guesses were looked at");
    }

    fn of_two_who_set_the_desk_up_at_once_one_does(fresh) {
        let link = wait(fresh.desk.set_up_link(monday(), seed())).unwrap().unwrap();
        let complete = |name: &str| {
            let first = FirstAdministrator {
                name: name.to_owned(),
                email: format!("{name}@example.org"),
                password: RIGHT.to_owned(),
                zone: "UTC".to_owned(),
            };
            wait(fresh.desk.complete_set_up(link.secret.reveal(), first, browser(), monday(), seed()))
        };
        let done = std::thread::scope(|scope| {
            let other = scope.spawn(|| complete("grace"));
            [complete("ada"), other.join().unwrap()].into_iter().flatten().count()
        });
        assert_eq!(done, 1);
    }

    fn a_place_that_guesses_many_accounts_is_blocked_too(fresh) {
        with_password(fresh, "Ada");
        for guess in 0..30 {
            let wrong = try_password(fresh, &format!("guess{guess}@example.org"), "guess", monday());
            assert!(matches!(wrong, Err(Refused::SignIn(_))));
        }
        assert!(matches!(
            try_password(fresh, "ada@example.org", RIGHT, monday()),
            Err(Refused::Throttled { .. })
        ));
    }

    fn both_kinds_of_attempt_are_written_down_and_no_secret_is(fresh) {
        let ada = with_password(fresh, "Ada");
        let signed_in = try_password(fresh, "ada@example.org", RIGHT, monday()).unwrap();
        try_password(fresh, "ada@example.org", "a wrong guess", monday()).unwrap_err();
        let token = own_token(fresh, ada, &[]);
        let records = records(fresh);
        let attempts: Vec<_> = records
            .iter()
            .filter(|record| record.action == "session.sign_in")
            .map(|record| (record.actor.clone(), record.target.clone(), record.outcome.clone()))
            .collect();
        assert!(attempts.contains(&(
            ada.to_string(),
            format!("session:{}", signed_in.session),
            "done".to_owned()
        )));
        assert!(attempts.contains(&("sign-in".to_owned(), format!("person:{ada}"), "refused".to_owned())));
        for record in records {
            let text = format!("{}{}", record.entry, record.body.unwrap_or_default());
            for secret in [RIGHT, "a wrong guess", signed_in.secret.reveal(), token.secret.reveal(), "$argon2"] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    }

    fn a_session_lasts_while_it_is_used_and_ends_when_it_is_told_to(fresh) {
        let ada = fresh.person("Ada", &[Role::Agent]);
        let (first, second) = (by_link(fresh, ada, monday()), by_link(fresh, ada, monday()));
        let seen = of_session(&fresh.desk, &first, later(monday(), 6 * DAY)).unwrap();
        assert_eq!(seen.principal.actor, Actor::Person(ada));
        assert!(seen.capabilities().has(Capability::TicketWork));

        let unused = later(monday(), 8 * DAY);
        settle(|| of_session(&fresh.desk, &first, unused).is_ok(), &true);
        assert!(matches!(of_session(&fresh.desk, &second, unused), Err(Refused::SignIn(_))));

        let third = by_link(fresh, ada, unused);
        let me = || of_session(&fresh.desk, &third, unused).unwrap().context(unused, seed());
        assert_eq!(fresh.desk.ask_now(me(), Sessions).unwrap().len(), 2);
        fresh.desk.execute_now(me(), SignOut { session: first.session }).unwrap();
        assert!(of_session(&fresh.desk, &first, unused).is_err());
        assert!(matches!(
            fresh.desk.execute_now(me(), SignOut { session: first.session }),
            Err(Refused::NotFound(_))
        ));
        assert_eq!(fresh.desk.execute_now(me(), SignOutEverywhere).unwrap().sessions, 1);
        assert!(of_session(&fresh.desk, &third, unused).is_err());
    }

    fn nobody_signs_somebody_else_out(fresh) {
        let (ada, eve) = (fresh.person("Ada", &[]), fresh.person("Eve", &[Role::Admin]));
        let signed_in = by_link(fresh, ada, monday());
        let refused = fresh.desk.execute_now(at(eve, monday()), SignOut { session: signed_in.session });
        assert!(matches!(refused, Err(Refused::NotFound(_))));
        assert!(of_session(&fresh.desk, &signed_in, monday()).is_ok());
    }

    fn who_leaves_is_signed_out_and_their_credentials_are_over(fresh) {
        let (ada, admin) = (with_password(fresh, "Ada"), fresh.person("Boss", &[Role::Admin]));
        let (signed_in, token) = (by_link(fresh, ada, monday()), own_token(fresh, ada, &[]));
        let link = MakeSignInLink { person: ada, purpose: LinkPurpose::SignIn, minutes: 60 };
        let link = fresh.desk.execute_now(operator(monday()), link).unwrap();
        let change = |version, active| ChangePerson {
            person: ada,
            version,
            changes: PersonChanges { active: Some(active), ..PersonChanges::default() },
        };
        fresh.desk.execute_now(at(admin, monday()), change(1, false)).unwrap();
        let over = || {
            assert!(of_session(&fresh.desk, &signed_in, monday()).is_err());
            assert!(bearer(fresh, &token, None, monday()).is_err());
            assert!(wait(fresh.desk.look_at_link(link.secret.reveal(), monday())).is_err());
        };
        over();
        assert!(matches!(try_password(fresh, "ada@example.org", RIGHT, monday()), Err(Refused::SignIn(_))));
        fresh.desk.execute_now(at(admin, monday()), change(2, true)).unwrap();
        over();
        assert!(try_password(fresh, "ada@example.org", RIGHT, monday()).is_ok());
    }

    fn a_password_is_changed_by_who_knows_it_and_ends_the_other_sessions(fresh) {
        let ada = with_password(fresh, "Ada");
        let (here, elsewhere) = (by_link(fresh, ada, monday()), by_link(fresh, ada, monday()));
        let set = |current: Option<&str>, new: &str| {
            let ctx = of_session(&fresh.desk, &here, monday()).unwrap().context(monday(), seed());
            wait(fresh.desk.set_password(ctx, current.map(str::to_owned), new.to_owned(), &browser()))
        };
        for bad in ["short", "ada@example.org", "aaaaaaaaaaaaaaaa", &"long".repeat(100)] {
            assert_eq!(field(&set(Some(RIGHT), bad).unwrap_err()), "new", "{bad}");
        }
        assert_eq!(field(&set(Some("wrong"), "another horse entirely").unwrap_err()), "current");
        assert_eq!(field(&set(None, "another horse entirely").unwrap_err()), "current");
        set(Some(RIGHT), "another horse entirely").unwrap();
        assert!(of_session(&fresh.desk, &here, monday()).is_ok());
        assert!(of_session(&fresh.desk, &elsewhere, monday()).is_err());
        assert!(try_password(fresh, "ada@example.org", RIGHT, monday()).is_err());
        assert!(try_password(fresh, "ada@example.org", "another horse entirely", monday()).is_ok());
    }

    fn guessing_the_current_password_is_throttled_like_signing_in(fresh) {
        let ada = with_password(fresh, "Ada");
        let here = by_link(fresh, ada, monday());
        let guess = || {
            let ctx = of_session(&fresh.desk, &here, monday()).unwrap().context(monday(), seed());
            let (current, new) = (Some("guess".to_owned()), "another horse entirely".to_owned());
            wait(fresh.desk.set_password(ctx, current, new, &browser())).unwrap_err()
        };
        for _ in 0..4 {
            assert_eq!(field(&guess()), "current");
        }
        assert!(matches!(guess(), Refused::Throttled { .. }));
        assert!(matches!(
            try_password(fresh, "ada@example.org", RIGHT, monday()),
            Err(Refused::Throttled { .. })
        ));
    }

    fn a_sign_in_link_works_once_and_a_demonstrations_link_until_it_ends(fresh) {
        let ada = fresh.person("Ada", &[]);
        let follow = |secret: &str, now| wait(fresh.desk.use_sign_in_link(secret, browser(), now, seed()));
        let make = |purpose, minutes| {
            fresh.desk.execute_now(operator(monday()), MakeSignInLink { person: ada, purpose, minutes }).unwrap()
        };
        let once = make(LinkPurpose::SignIn, 60);
        assert_eq!(wait(fresh.desk.look_at_link(once.secret.reveal(), monday())).unwrap().person, Some(ada));
        assert_eq!(follow(once.secret.reveal(), monday()).unwrap().person, ada);
        assert!(matches!(follow(once.secret.reveal(), monday()), Err(Refused::SignIn(_))));

        let late = make(LinkPurpose::SignIn, 60);
        assert!(matches!(follow(late.secret.reveal(), later(monday(), 60 * MINUTE)), Err(Refused::SignIn(_))));

        let demo = make(LinkPurpose::Demo, 60);
        follow(demo.secret.reveal(), monday()).unwrap();
        follow(demo.secret.reveal(), later(monday(), 59 * MINUTE)).unwrap();
        assert!(follow(demo.secret.reveal(), later(monday(), 60 * MINUTE)).is_err());
    }

    fn a_link_for_a_new_password_forgets_the_old_one(fresh) {
        let ada = with_password(fresh, "Ada");
        let elsewhere = by_link(fresh, ada, monday());
        let link = MakeSignInLink { person: ada, purpose: LinkPurpose::NewPassword, minutes: 60 };
        let link = fresh.desk.execute_now(operator(monday()), link).unwrap();
        let here =
            wait(fresh.desk.use_sign_in_link(link.secret.reveal(), browser(), monday(), seed())).unwrap();
        assert!(of_session(&fresh.desk, &elsewhere, monday()).is_err());
        assert!(try_password(fresh, "ada@example.org", RIGHT, monday()).is_err());
        let ctx = of_session(&fresh.desk, &here, monday()).unwrap().context(monday(), seed());
        wait(fresh.desk.set_password(ctx, None, "another horse entirely".to_owned(), &browser())).unwrap();
        assert!(try_password(fresh, "ada@example.org", "another horse entirely", monday()).is_ok());
    }

    fn the_set_up_link_makes_one_administrator_once(fresh) {
        let first = FirstAdministrator {
            name: "Grace".to_owned(),
            email: "Grace@example.org".to_owned(),
            password: RIGHT.to_owned(),
            zone: "Europe/Berlin".to_owned(),
        };
        let earlier = wait(fresh.desk.set_up_link(monday(), seed())).unwrap().unwrap();
        let link = wait(fresh.desk.set_up_link(monday(), seed())).unwrap().unwrap();
        let complete = |secret: &str, first: &FirstAdministrator, now| {
            wait(fresh.desk.complete_set_up(secret, first.clone(), browser(), now, seed()))
        };
        assert!(complete(earlier.secret.reveal(), &first, monday()).is_err(), "a later start ends earlier links");
        let weak = FirstAdministrator { password: "short".to_owned(), ..first.clone() };
        assert_eq!(field(&complete(link.secret.reveal(), &weak, monday()).unwrap_err()), "password");
        assert!(complete(link.secret.reveal(), &first, later(monday(), DAY)).is_err(), "it is over after a day");

        let signed_in = complete(link.secret.reveal(), &first, monday()).unwrap();
        let grace = of_session(&fresh.desk, &signed_in, monday()).unwrap();
        for capability in Capability::ALL {
            assert!(grace.capabilities().has(*capability), "{capability}");
        }
        assert_eq!(grace.person.unwrap().email, "grace@example.org");
        let second = FirstAdministrator { email: "mallory@example.org".to_owned(), ..first };
        assert!(matches!(complete(link.secret.reveal(), &second, monday()), Err(Refused::SignIn(_))));
        assert_eq!(wait(fresh.desk.set_up_link(monday(), seed())).unwrap(), None);
        assert!(try_password(fresh, "grace@example.org", RIGHT, monday()).is_ok());
    }

    fn a_token_is_shown_once_and_only_its_hash_is_kept(fresh) {
        let ada = fresh.person("Ada", &[]);
        let mut ctx = at(ada, monday());
        ctx.idempotency = Some(Idempotency { key: "once".to_owned(), request_hash: [1; 32] });
        let make = MakeToken { label: "laptop".to_owned(), scopes: vec![], expires_in_days: None };
        let token = fresh.desk.execute_now(ctx, make).unwrap();
        assert!(token.secret.reveal().starts_with("fh_"));
        assert_eq!(token.secret.reveal().len(), 3 + 43);
        assert!(!format!("{token:?}").contains(token.secret.reveal()));
        let kept = fresh
            .desk
            .database()
            .read_now(move |tx| store::idempotency::get(tx, &ada.to_string(), "once"))
            .unwrap();
        assert_eq!(kept, None);
        assert_eq!(token.expires_at, later(monday(), 90 * DAY));
        let listed = fresh.desk.ask_now(at(ada, monday()), Tokens { of: TokenOwner::Person(ada) }).unwrap();
        assert_eq!(listed.len(), 1);
    }

    fn a_token_ends_when_it_expires_or_is_revoked(fresh) {
        let ada = fresh.person("Ada", &[]);
        let (expiring, revoked) = (own_token(fresh, ada, &[]), own_token(fresh, ada, &[]));
        assert!(bearer(fresh, &expiring, None, later(monday(), 30 * DAY - 1)).is_ok());
        assert!(matches!(bearer(fresh, &expiring, None, later(monday(), 30 * DAY)), Err(Refused::SignIn(_))));
        assert!(bearer(fresh, &revoked, None, monday()).is_ok());
        fresh.desk.execute_now(at(ada, monday()), RevokeToken { token: revoked.id }).unwrap();
        assert!(matches!(bearer(fresh, &revoked, None, monday()), Err(Refused::SignIn(_))));
        assert!(wait(fresh.desk.authenticate_token("fh_guess", None, monday())).is_err());
    }

    fn a_token_that_works_tickets_and_reads_none_learns_nothing_of_them(fresh) {
        let (ada, anna) = (fresh.technician("Ada"), fresh.person("Anna", &[Role::Requester]));
        let secret = fresh.desk.execute_now(at(anna, monday()), ticket()).unwrap();
        let token = own_token(fresh, ada, &[Capability::TicketWork]);
        let caller = bearer(fresh, &token, None, monday()).unwrap();
        let context = || caller.context(monday(), seed());
        let work = Work { say: Some(Saying::Note(Markdown::new("{{requester}} {{subject}}").unwrap())), ..Work::default() };
        let preview = PreviewWork { tickets: vec![secret.id.into()], work };
        assert!(matches!(fresh.desk.ask_now(context(), preview), Err(Refused::NotFound(_))));
        let texts = TextModules { filled_for: Some(secret.id.into()) };
        assert!(matches!(fresh.desk.ask_now(context(), texts), Err(Refused::NotFound(_))));
        assert!(fresh.desk.ask_now(context(), TextModules::default()).is_ok());
    }

    fn a_tokens_scopes_narrow_its_owner_and_never_widen_them(fresh) {
        let (ada, anna) = (fresh.technician("Ada"), fresh.person("Anna", &[]));
        let reads = own_token(fresh, ada, &[Capability::TicketRead, Capability::Admin]);
        let reader = bearer(fresh, &reads, None, monday()).unwrap();
        assert!(matches!(reader.principal.authenticated_as, Account::Token { person, .. } if person == ada));
        assert!(reader.capabilities().has(Capability::TicketRead));
        assert!(!reader.capabilities().has(Capability::Admin));
        let refused = fresh.desk.execute_now(reader.context(monday(), seed()), ticket()).unwrap_err();
        assert!(lacks(&refused), "{refused:?}");

        let theirs = fresh.desk.execute_now(at(anna, monday()), ticket()).unwrap();
        let note = |authenticated: &Authenticated| {
            let note = AddNote {
                ticket: theirs.id.into(),
                body: Markdown::new("Looked at it").unwrap(),
                if_version: None,
            };
            fresh.desk.execute_now(authenticated.context(monday(), seed()), note)
        };
        assert!(lacks(&note(&reader).unwrap_err()));
        let all = own_token(fresh, ada, &[]);
        assert!(note(&bearer(fresh, &all, None, monday()).unwrap()).is_ok());
    }

    fn a_token_makes_no_tokens_and_hands_out_no_links(fresh) {
        let boss = fresh.person("Boss", &[Role::Admin]);
        let token = own_token(fresh, boss, &[]);
        let ctx = || bearer(fresh, &token, None, monday()).unwrap().context(monday(), seed());
        let make = MakeToken { label: "another".to_owned(), scopes: vec![], expires_in_days: None };
        assert!(matches!(fresh.desk.execute_now(ctx(), make.clone()), Err(Refused::Rule(_))));
        let link = MakeSignInLink { person: boss, purpose: LinkPurpose::SignIn, minutes: 5 };
        assert!(matches!(fresh.desk.execute_now(ctx(), link), Err(Refused::Rule(_))));
        assert!(matches!(fresh.desk.execute_now(ctx(), SignOutEverywhere), Err(Refused::Rule(_))));
        let program = program(fresh, &[]);
        let ada = fresh.person("Ada", &[]);
        let as_ada = bearer(fresh, &program, from("ada@example.org"), monday()).unwrap();
        assert!(matches!(fresh.desk.execute_now(as_ada.context(monday(), seed()), make.clone()), Err(Refused::Rule(_))));
        let for_ada = MakeTokenFor { owner: TokenOwner::Person(ada), token: make };
        assert!(matches!(fresh.desk.execute_now(at(boss, monday()), for_ada.clone()), Err(Refused::Rule(_))));
        assert!(fresh.desk.execute_now(operator(monday()), for_ada).is_ok());
    }

    fn a_personal_token_acts_for_its_owner_only(fresh) {
        let (boss, _) = (fresh.person("Boss", &[Role::Admin]), fresh.person("Ada", &[]));
        let token = own_token(fresh, boss, &[]);
        assert_eq!(field(&bearer(fresh, &token, from("ada@example.org"), monday()).unwrap_err()), "From");
        assert!(bearer(fresh, &token, from("Boss@example.org"), monday()).is_ok());
        assert!(bearer(fresh, &token, from(&boss.to_string()), monday()).is_ok());
    }

    fn a_service_account_that_does_not_say_for_whom_is_refused(fresh) {
        let token = program(fresh, &[]);
        assert!(matches!(bearer(fresh, &token, None, monday()), Err(Refused::AttributionMissing)));
        assert_eq!(field(&bearer(fresh, &token, from("nobody@example.org"), monday()).unwrap_err()), "From");
        assert_eq!(field(&bearer(fresh, &token, from("nonsense\0"), monday()).unwrap_err()), "From");
        fresh.person("Boss", &[Role::Admin]);
        fresh.person("Licia", &[Role::Agent, Role::LicenceManager]);
        for power in ["boss@example.org", "licia@example.org"] {
            assert_eq!(field(&bearer(fresh, &token, from(power), monday()).unwrap_err()), "From");
        }
    }

    fn a_service_account_acting_for_an_unlicensed_person_submits_and_comments_and_steers_nothing(fresh) {
        let (anna, _) = (fresh.person("Anna", &[]), fresh.technician("Tim"));
        let token = program(fresh, &[]);
        let as_anna = bearer(fresh, &token, from(&anna.to_string()), monday()).unwrap();
        assert_eq!(as_anna.principal.actor, Actor::Person(anna));
        assert!(matches!(as_anna.principal.authenticated_as, Account::ServiceAccount { .. }));
        let ctx = || as_anna.context(monday(), seed());
        let raised = fresh.desk.execute_now(ctx(), ticket()).unwrap();
        assert_eq!(raised.requester, anna);
        let reply = |then| AddReply {
            ticket: raised.id.into(),
            body: Markdown::new("It is dark again").unwrap(),
            then,
            resolution_code: None,
            if_version: None,
        };
        fresh.desk.execute_now(ctx(), reply(None)).unwrap();
        assert!(fresh.desk.ask_now(ctx(), TicketDetail { ticket: raised.id.into() }).is_ok());
        let step = TransitionTicket {
            ticket: raised.id.into(),
            to: StateKey::new("in_progress").unwrap(),
            resolution_code: None,
            note: None,
            if_version: None,
        };
        fresh.desk.execute_now(ctx(), step).unwrap_err();
        fresh.desk.execute_now(ctx(), reply(Some(StateKey::new("resolved").unwrap()))).unwrap_err();
        let note =
            AddNote { ticket: raised.id.into(), body: Markdown::new("psst").unwrap(), if_version: None };
        fresh.desk.execute_now(ctx(), note).unwrap_err();
        let leaf = &records(fresh).into_iter().find(|record| record.action == "ticket.raise").unwrap().entry;
        assert!(leaf.contains(&anna.to_string()) && leaf.contains("service_account"), "{leaf}");
    }

    fn a_service_account_speaks_for_people_the_desk_does_not_know(fresh) {
        let token = program(fresh, &[Capability::PortalUse]);
        let identity = |subject: &str| ExternalIdentity {
            issuer: "chat.example.org".to_owned(),
            subject: subject.to_owned(),
            name: "Zoë".to_owned(),
            email: None,
        };
        let stranger = bearer(fresh, &token, OnBehalf::External(identity("U1")), monday()).unwrap();
        assert_eq!(stranger.principal.actor, Actor::External);
        assert_eq!(stranger.principal.external_identity, Some(identity("U1")));
        assert!(!stranger.capabilities().has(Capability::TicketRead));

        let ada = fresh.person("Ada", &[]);
        fresh
            .desk
            .database()
            .write_now(move |tx| store::person::set_external(tx, ada, "chat.example.org", "U2"))
            .unwrap();
        let known = bearer(fresh, &token, OnBehalf::External(identity("U2")), monday()).unwrap();
        assert_eq!(known.principal.actor, Actor::Person(ada));
        assert_eq!(known.principal.external_identity, Some(identity("U2")));

        let nameless = ExternalIdentity { name: " ".to_owned(), ..identity("U3") };
        let refused = bearer(fresh, &token, OnBehalf::External(nameless), monday()).unwrap_err();
        assert_eq!(field(&refused), "external_identity.name");
    }

    fn a_service_account_that_ends_takes_its_tokens_along(fresh) {
        let ada = fresh.person("Ada", &[]);
        let token = program(fresh, &[]);
        let as_ada = bearer(fresh, &token, from(&ada.to_string()), monday()).unwrap();
        let Account::ServiceAccount { account, .. } = as_ada.principal.authenticated_as else { panic!() };
        fresh.desk.execute_now(operator(monday()), DeactivateServiceAccount { account }).unwrap();
        assert!(matches!(
            bearer(fresh, &token, from(&ada.to_string()), monday()),
            Err(Refused::SignIn(_))
        ));
    }

    fn when_a_token_was_last_used_is_noted_once_a_minute(fresh) {
        let ada = fresh.person("Ada", &[]);
        let token = own_token(fresh, ada, &[]);
        let noted = || {
            // A write that is answered after the notes before it.
            fresh.desk.database().write_now(|_| Ok::<_, desk::StoreError>(())).unwrap();
            let tokens = fresh.desk.ask_now(at(ada, monday()), Tokens { of: TokenOwner::Person(ada) }).unwrap();
            tokens[0].last_used_at
        };
        let before = records(fresh).len();
        assert_eq!(noted(), None);
        bearer(fresh, &token, None, monday()).unwrap();
        settle(noted, &Some(monday()));
        bearer(fresh, &token, None, later(monday(), 59)).unwrap();
        assert_eq!(noted(), Some(monday()));
        bearer(fresh, &token, None, later(monday(), 61)).unwrap();
        settle(noted, &Some(later(monday(), 61)));
        assert_eq!(records(fresh).len(), before, "looking is no act");
    }
}

/// PostgreSQL's threads may answer a later write before an earlier one: asks until the note is there.
fn settle<T: PartialEq + std::fmt::Debug>(read: impl Fn() -> T, expected: &T) {
    let arrived = (0..10_000).any(|_| read() == *expected);
    assert!(arrived, "{:?} instead of {expected:?}", read());
}
