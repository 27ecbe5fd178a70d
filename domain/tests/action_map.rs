//! The action map: what needs what, and the answer to "why?" for each of its rows.

use domain::{
    Timestamp,
    identity::{Capabilities, Role},
    licence::{Action, LicenceNeed, Module, Refusal, Route, Verdict, action_map, needing, route},
    ticket::Kind,
};

/// With nothing assigned and nothing entitled, every verdict is free or says what is missing and what to do.
#[test]
fn why_has_an_answer_for_every_action_whoever_asks() {
    for rule in action_map() {
        assert!(
            rule.sentence.ends_with('.') && rule.sentence.len() > 15,
            "{}: {}",
            rule.action,
            rule.sentence
        );
        for role in Role::ALL {
            let capabilities = Capabilities::of_roles([*role]);
            let module = match rule.licence {
                LicenceNeed::Module(module) => Some(module),
                LicenceNeed::Free | LicenceNeed::Base => None,
            };
            let answer = route(rule.action, module, capabilities, &[], &[], Timestamp::UNIX_EPOCH);
            let Route::Decided(verdict) = answer else {
                panic!("{} as {role}: no pool was offered", rule.action)
            };
            let may = capabilities.has(rule.capability);
            match (&verdict, rule.licence) {
                (Verdict::Free, LicenceNeed::Free) => assert!(may, "{} as {role}", rule.action),
                (Verdict::Refused(refusal), _) => {
                    let missing = matches!(refusal, Refusal::CapabilityMissing { .. });
                    assert_eq!(missing, !may, "{} as {role}: {refusal}", rule.action);
                    assert!(verdict.denial().is_some());
                    let words = refusal.to_string();
                    assert!(
                        words.contains("ask") || words.contains("request"),
                        "what to do about it: {words}"
                    );
                }
                other => panic!("{} as {role}: {other:?}", rule.action),
            }
        }
    }
}

#[test]
fn whatever_steers_a_problem_needs_its_module_and_talking_on_one_does_not() {
    use Action as A;
    let steers = [
        A::TicketRaise,
        A::TicketRaiseFor,
        A::TicketUpdate,
        A::TicketAssign,
        A::TicketTransition,
        A::TicketMerge,
        A::TicketUnmerge,
        A::TicketWithdrawOwn,
        A::TicketReopenOwn,
    ];
    let talks = [
        A::TicketReply,
        A::TicketReplyOwn,
        A::TicketNote,
        A::TicketAttach,
        A::TicketAttachOwn,
        A::TicketLink,
    ];
    for act in steers {
        assert_eq!(act.on(Kind::Problem).rule().licence, LicenceNeed::Module(Module::Problem), "{act}");
    }
    for act in talks {
        assert_eq!(act.on(Kind::Problem).rule().licence, LicenceNeed::Base, "{act}");
    }
    for act in steers.into_iter().chain(talks) {
        assert_eq!((act.on(Kind::Incident), act.on(Kind::ServiceRequest)), (act, act));
    }
    assert_eq!(needing(Module::Problem).count(), 5);
}
