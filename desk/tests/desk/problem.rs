//! Problems, and the module that steering one needs.

use desk::{
    Refused,
    data::Queue,
    licence::{ModuleAccess, MySeat, ReleaseToken, StandingKind},
    ticket::{
        AddNote, AddReply, AssignTicket, ChangeTicket, LinkTickets, MergeTicket, MyTickets, QueuePage,
        RaiseTicket, Sidebar, TicketDetail, TransitionTicket, WithdrawTicket,
    },
};
use domain::{
    PersonId,
    identity::Role,
    licence::{Licence, Metric, Module, Refusal, Verdict},
    ticket::{Change, Kind, LinkKind, Markdown, StateKey, Subject, Ticket, Urgency},
};

use crate::support::{Fresh, at, later, monday, on_both_engines};

struct Scene {
    /// A technician with a seat of the base product and one of the module.
    manager: PersonId,
    /// A technician with a seat of the base product only.
    tim: PersonId,
    module: Licence,
    incident: Ticket,
}

fn scene(fresh: &Fresh) -> Scene {
    let (manager, tim) = (fresh.technician("Petra Moos"), fresh.technician("Tim Okafor"));
    let module = fresh.module_licence("Problem seats", Metric::Exclusive, 2, Module::Problem);
    fresh.seat(&module, manager);
    let anna = fresh.person("Anna Berg", &[Role::Requester]);
    let command = RaiseTicket::of(Kind::Incident, Subject::new("The label printer stops").unwrap(), None);
    let incident = *fresh.desk.execute_now(at(anna, monday()), command).unwrap();
    Scene { manager, tim, module, incident }
}

fn problem(scene: &Scene) -> RaiseTicket {
    let subject = Subject::new("Print queues stop at night").unwrap();
    let known = Markdown::new("Resume the queue in the console.").unwrap();
    RaiseTicket {
        cause_of: Some(scene.incident.id.into()),
        ..RaiseTicket::of(Kind::Problem, subject, Some(known))
    }
}

fn opened(fresh: &Fresh, scene: &Scene) -> Ticket {
    *fresh.desk.execute_now(at(scene.manager, later(monday(), 60)), problem(scene)).unwrap()
}

fn step(ticket: &Ticket) -> TransitionTicket {
    TransitionTicket {
        ticket: ticket.id.into(),
        to: StateKey::new("in_progress").unwrap(),
        resolution_code: None,
        note: None,
        if_version: None,
    }
}

fn lacks_the_module<T: std::fmt::Debug>(result: Result<T, Refused>) -> bool {
    let Err(Refused::Licence(verdict)) = result else { panic!("not a verdict: {result:?}") };
    let Verdict::Module { base, module: Module::Problem, .. } = &*verdict else { return false };
    base.is_granted()
        && matches!(
            verdict.deciding(),
            Verdict::Refused(Refusal::ModuleMissing { module: Module::Problem, .. })
        )
}

on_both_engines! {
    fn a_problem_is_opened_on_two_seats_and_both_are_in_the_record(fresh) {
        let scene = scene(fresh);
        let problem = opened(fresh, &scene);
        assert_eq!(problem.number.to_string(), "PRB-1");
        assert_eq!(problem.due_at, None, "nobody is promised the cause");

        let look = TicketDetail { ticket: scene.incident.id.into() };
        let seen = fresh.desk.ask_now(at(scene.tim, later(monday(), 90)), look).unwrap();
        let link = &seen.links[0];
        assert_eq!((link.kind, link.number, link.outward), (LinkKind::CausedBy, problem.number, true));
        assert_eq!(link.known.as_deref(), Some("Resume the queue in the console."), "who works the incident reads it");

        let all = store::audit::Records::All;
        let records = fresh.desk.database().read_now(move |tx| store::audit::latest(tx, &all, None, 10)).unwrap();
        assert_eq!(records[0].action, "problem.raise");
        let entry = &records[0].entry;
        assert!(entry.contains(&scene.module.id.to_string()), "{entry}");
        assert_eq!(entry.matches("\"seat\":1").count(), 2, "one of the base product, one of the module: {entry}");
    }

    fn who_lacks_the_module_steers_no_problem_and_is_told_which(fresh) {
        let scene = scene(fresh);
        let found = opened(fresh, &scene);
        let tim = |seconds| at(scene.tim, later(monday(), seconds));
        assert!(lacks_the_module(fresh.desk.execute_now(tim(61), problem(&scene))));
        assert!(lacks_the_module(fresh.desk.execute_now(tim(62), step(&found))));
        let assign = AssignTicket { ticket: found.id.into(), group: None, assignee: Some(Some(scene.tim)), if_version: None };
        assert!(lacks_the_module(fresh.desk.execute_now(tim(63), assign)));
        let change = Change { urgency: Some(Urgency::High), ..Change::default() };
        let change = ChangeTicket { ticket: found.id.into(), change, if_version: None };
        assert!(lacks_the_module(fresh.desk.execute_now(tim(64), change)));
        let reply = AddReply {
            ticket: found.id.into(),
            body: Markdown::new("Done.").unwrap(),
            then: Some(StateKey::new("resolved").unwrap()),
            resolution_code: None,
            if_version: None,
        };
        assert!(lacks_the_module(fresh.desk.execute_now(tim(65), reply)));
        let seen = fresh.desk.ask_now(tim(66), TicketDetail { ticket: found.id.into() }).unwrap();
        assert_eq!(seen.view.ticket.version, found.version, "nothing was changed");

        // What they know, they may say, and the incidents that it causes they may link.
        let note = AddNote { ticket: found.id.into(), body: Markdown::new("It is the spooler.").unwrap(), if_version: None };
        fresh.desk.execute_now(tim(67), note).unwrap();
        let again = RaiseTicket::of(Kind::Incident, Subject::new("Labels again").unwrap(), None);
        let again = fresh.desk.execute_now(tim(68), again).unwrap();
        let link = LinkTickets { from: again.id.into(), to: found.id.into(), kind: LinkKind::CausedBy };
        fresh.desk.execute_now(tim(69), link).unwrap();
    }

    fn a_requester_opens_no_problem_and_who_opened_one_withdraws_it_only_with_the_module(fresh) {
        let scene = scene(fresh);
        let anna = scene.incident.requester;
        let refused = fresh.desk.execute_now(at(anna, later(monday(), 30)), problem(&scene)).unwrap_err();
        let Refused::Licence(verdict) = refused else { panic!("{refused}") };
        assert!(matches!(*verdict, Verdict::Refused(Refusal::CapabilityMissing { .. })), "{verdict:?}");

        let found = opened(fresh, &scene);
        let seat = scene.module.id;
        fresh.desk.database().write_now(move |tx| {
            let held = store::licence::assignments(tx, seat)?;
            store::licence::unassign(tx, held[0].id, later(monday(), 70), "moved on")
        }).unwrap();
        let withdraw = WithdrawTicket { ticket: found.id.into() };
        assert!(lacks_the_module(fresh.desk.execute_now(at(scene.manager, later(monday(), 80)), withdraw)));
    }

    fn a_cause_is_linked_with_its_incidents_and_never_merged_with_one(fresh) {
        let scene = scene(fresh);
        let found = opened(fresh, &scene);
        let merge = |ticket: &Ticket, into: &Ticket| {
            let merge = MergeTicket { ticket: ticket.id.into(), into: into.id.into(), reason: None, if_version: None };
            fresh.desk.execute_now(at(scene.manager, later(monday(), 90)), merge)
        };
        for refused in [merge(&scene.incident, &found), merge(&found, &scene.incident)] {
            let Err(Refused::Rule(sentence)) = refused else { panic!("{refused:?}") };
            assert!(sentence.contains("only one of INC-1 and PRB-1 is a problem") || sentence.contains("only one of PRB-1 and INC-1 is a problem"), "{sentence}");
        }
        let twin = *fresh.desk.execute_now(at(scene.manager, later(monday(), 91)), RaiseTicket { cause_of: None, ..problem(&scene) }).unwrap();
        merge(&twin, &found).unwrap();

        let wrong = RaiseTicket { kind: Kind::Incident, ..problem(&scene) };
        let refused = fresh.desk.execute_now(at(scene.manager, later(monday(), 92)), wrong).unwrap_err();
        assert!(matches!(&refused, Refused::Invalid(fields) if fields[0].field == "cause_of"), "{refused}");
        let nowhere = RaiseTicket { cause_of: Some("INC-77".parse().unwrap()), ..problem(&scene) };
        let refused = fresh.desk.execute_now(at(scene.manager, later(monday(), 93)), nowhere).unwrap_err();
        assert!(matches!(&refused, Refused::Invalid(fields) if fields[0].field == "cause_of"), "{refused}");
    }

    fn problems_have_a_queue_of_their_own_and_are_nobodys_own_tickets(fresh) {
        let scene = scene(fresh);
        let found = opened(fresh, &scene);
        let look = at(scene.tim, later(monday(), 90));
        let page = fresh.desk.ask_now(look.clone(), QueuePage { queue: Queue::Problems, after: None, limit: 10 }).unwrap();
        assert_eq!(page.items.iter().map(|row| row.number).collect::<Vec<_>>(), [found.number]);
        let side = fresh.desk.ask_now(look, Sidebar).unwrap();
        assert_eq!((side.problems, side.open), (1, 2));
        let own = fresh.desk.ask_now(at(scene.manager, later(monday(), 90)), MyTickets { before: None, limit: 10 }).unwrap();
        assert!(own.items.is_empty());
    }

    fn a_token_of_the_module_is_taken_beside_the_seat_and_given_back_on_its_own(fresh) {
        let scene = scene(fresh);
        let shared = fresh.module_licence("Problem tokens", Metric::Concurrent, 1, Module::Problem);
        fresh.entitle(&shared, scene.tim);
        let second = fresh.technician("Sina Wolf");
        fresh.entitle(&shared, second);
        let found = opened(fresh, &scene);
        let tim = |seconds| at(scene.tim, later(monday(), seconds));
        fresh.desk.execute_now(tim(70), step(&found)).unwrap();
        // The token is taken: the next waits, for the module and not for the base product.
        let assign = AssignTicket { ticket: found.id.into(), group: None, assignee: Some(Some(second)), if_version: None };
        let waits = fresh.desk.execute_now(at(second, later(monday(), 71)), assign.clone()).unwrap_err();
        let Refused::Licence(verdict) = waits else { panic!("{waits}") };
        assert!(matches!(verdict.deciding(), Verdict::Queued { licence, place: 1, .. } if *licence == shared.id), "{verdict:?}");
        assert!(verdict.waits() && !verdict.is_granted());

        fresh.desk.execute_now(tim(72), ReleaseToken { licence: shared.id }).unwrap();
        let seat = fresh.desk.ask_now(tim(73), MySeat).unwrap();
        assert!(matches!(seat.headline.unwrap().kind, StandingKind::Seat { .. }), "the base seat stays");
        fresh.desk.execute_now(at(second, later(monday(), 74)), assign).unwrap();
    }

    fn everybody_at_the_desk_sees_what_a_module_is_and_who_has_it(fresh) {
        let scene = scene(fresh);
        let ask = |person, module| fresh.desk.ask_now(at(person, later(monday(), 60)), ModuleAccess { module });
        let lacking = ask(scene.tim, Some(Module::Problem)).unwrap();
        assert_eq!(lacking.mine, None);
        let licence = &lacking.licences[0];
        assert_eq!((licence.holders, licence.quantity), (1, 2));
        assert_eq!(licence.people[0].name, "Petra Moos");
        assert_eq!(ask(scene.manager, Some(Module::Problem)).unwrap().mine, Some(scene.module.id));
        assert_eq!(ask(scene.tim, Some(Module::Change)).unwrap().licences, []);
        assert!(ask(scene.tim, None).unwrap().mine.is_some(), "the base product");
        assert!(matches!(ask(scene.incident.requester, None), Err(Refused::NotFound(_))));
    }
}
