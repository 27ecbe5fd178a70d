//! People, groups, imports and settings, and who may change them.

use desk::{
    Command, Refused,
    identity::{
        AddPerson, AddServiceAccount, AddTeam, AddTeamMember, ChangePerson, DeactivateServiceAccount,
        ImportPeople, LinkPurpose, MakeSignInLink, MakeToken, MakeTokenFor, Me, People, PersonChanges,
        PersonDetail, RemoveTeamMember, RenameTeam, RevokeToken, ServiceAccounts, SetRoles, TeamMembers,
        Teams, TokenOwner, Tokens,
    },
    settings::{SetCalendars, SetPriorityMatrix, SetServiceLevels, SetWorkflow, Settings},
    ticket::RaiseTicket,
};
use domain::{
    CalendarId, PersonId,
    identity::{Capability, Role},
    import::{ImportedPerson, PersonKey, RoleHint},
    licence::{Metric, Refusal, Verdict},
    sla::{CalendarDefinition, Promises},
    ticket::{ByUrgency, Kind, Phase, Priority, PriorityMatrix, Subject},
};
use uuid::Uuid;

use crate::{
    identity::operator,
    support::{Fresh, at, monday, on_both_engines},
};

fn ada() -> AddPerson {
    AddPerson {
        name: " Ada Lovelace ".to_owned(),
        email: "Ada@Example.org".to_owned(),
        zone: Some("Europe/London".to_owned()),
        roles: vec![Role::Agent, Role::Agent],
        ..AddPerson::default()
    }
}

fn fields(refused: Refused) -> Vec<String> {
    match refused {
        Refused::Invalid(fields) => fields.into_iter().map(|field| field.field).collect(),
        other => panic!("no fields: {other:?}"),
    }
}

fn change(person: PersonId, version: u64, changes: PersonChanges) -> ChangePerson {
    ChangePerson { person, version, changes }
}

fn imported(key: &str, name: &str, role: RoleHint, groups: &[&str]) -> ImportedPerson {
    ImportedPerson {
        key: PersonKey(key.to_owned()),
        display_name: name.to_owned(),
        email: format!("{}@source.invalid", key.replace(' ', "-")),
        role,
        department: None,
        title: Some("Engineer".to_owned()),
        location: None,
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

fn definition(workflow: &domain::ticket::Workflow) -> domain::ticket::WorkflowDefinition {
    workflow.definition().clone()
}

on_both_engines! {
    fn a_person_is_added_with_what_can_be_used_of_them(fresh) {
        let boss = fresh.person("Boss", &[Role::Admin]);
        let team = fresh.desk.execute_now(at(boss, monday()), AddTeam { name: "Network".to_owned() }).unwrap();
        let person = fresh
            .desk
            .execute_now(at(boss, monday()), AddPerson { teams: vec![team], ..ada() })
            .unwrap();
        let seen = fresh.desk.ask_now(at(person, monday()), Me).unwrap().person.unwrap();
        assert_eq!((seen.person.name.as_str(), seen.person.email.as_str()), ("Ada Lovelace", "ada@example.org"));
        assert_eq!((seen.roles, seen.teams[0].name.as_str()), (vec![Role::Agent], "Network"));

        let twice = fresh.desk.execute_now(at(boss, monday()), ada()).unwrap_err();
        assert_eq!(fields(twice), ["email"]);
        let hopeless = AddPerson {
            name: "\u{7}".to_owned(),
            email: "ada".to_owned(),
            title: "x".repeat(121),
            zone: Some("Mars".to_owned()),
            ..AddPerson::default()
        };
        let wrong = fresh.desk.execute_now(at(boss, monday()), hopeless).unwrap_err();
        assert_eq!(fields(wrong), ["name", "email", "title", "zone"]);
    }

    fn a_change_of_a_person_that_was_changed_meanwhile_is_stale(fresh) {
        let (boss, ada) = (fresh.person("Boss", &[Role::Admin]), fresh.person("Ada", &[]));
        let title = |title: &str| PersonChanges { title: Some(title.to_owned()), ..PersonChanges::default() };
        let changed = fresh.desk.execute_now(at(boss, monday()), change(ada, 1, title("Countess"))).unwrap();
        assert_eq!(changed.version, 2);
        let stale = fresh.desk.execute_now(at(boss, monday()), change(ada, 1, title("Analyst")));
        assert!(matches!(stale, Err(Refused::Stale { current: 2 })));
        let seen = fresh.desk.ask_now(at(boss, monday()), PersonDetail { person: ada }).unwrap();
        assert_eq!(seen.person.title, "Countess");
        let email = PersonChanges { email: Some("BOSS@example.org".to_owned()), ..PersonChanges::default() };
        let taken = fresh.desk.execute_now(at(boss, monday()), change(ada, 2, email)).unwrap_err();
        assert_eq!(fields(taken), ["email"]);
    }

    fn somebody_always_remains_administrator(fresh) {
        let (boss, ada) = (fresh.person("Boss", &[Role::Admin]), fresh.person("Ada", &[]));
        let gone = PersonChanges { active: Some(false), ..PersonChanges::default() };
        let demote = SetRoles { person: boss, roles: vec![Role::Agent] };
        assert!(matches!(fresh.desk.execute_now(at(boss, monday()), demote.clone()), Err(Refused::Rule(_))));
        assert!(matches!(
            fresh.desk.execute_now(at(boss, monday()), change(boss, 1, gone)),
            Err(Refused::Rule(_))
        ));
        fresh.desk.execute_now(at(boss, monday()), SetRoles { person: ada, roles: vec![Role::Admin] }).unwrap();
        fresh.desk.execute_now(at(boss, monday()), demote).unwrap();
        assert!(fresh.desk.execute_now(at(boss, monday()), AddTeam { name: "Mine".to_owned() }).is_err());
    }

    fn the_seat_of_who_leaves_is_free(fresh) {
        let (boss, tim) = (fresh.person("Boss", &[Role::Admin]), fresh.person("Tim", &[Role::Agent]));
        let licence = fresh.licence("Desk", Metric::Exclusive, 1);
        fresh.seat(&licence, tim);
        let gone = PersonChanges { active: Some(false), ..PersonChanges::default() };
        fresh.desk.execute_now(at(boss, monday()), change(tim, 1, gone)).unwrap();
        let held = fresh.desk.database().read_now(move |tx| store::licence::seats_of(tx, tim, None)).unwrap();
        assert!(held.is_empty());
        let next = fresh.person("Next", &[Role::Agent]);
        fresh.seat(&licence, next);
    }

    fn people_are_found_page_by_page(fresh) {
        let boss = fresh.person("Boss", &[Role::Admin]);
        for number in 0..5 {
            fresh.person(&format!("Kim {number}%"), &[]);
        }
        let mut names = Vec::new();
        let mut after = None;
        loop {
            let query = People { search: Some("kim".to_owned()), after, limit: 2 };
            let page = fresh.desk.ask_now(at(boss, monday()), query).unwrap();
            names.extend(page.people.into_iter().map(|(person, _)| person.name));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(names, ["Kim 0%", "Kim 1%", "Kim 2%", "Kim 3%", "Kim 4%"]);
        let all = fresh.desk.ask_now(at(boss, monday()), People { limit: 200, ..People::default() }).unwrap();
        assert_eq!((all.people.len(), all.next), (6, None));
        let literal = People { search: Some("3%".to_owned()), limit: 9, ..People::default() };
        assert_eq!(fresh.desk.ask_now(at(boss, monday()), literal).unwrap().people.len(), 1);
    }

    fn groups_have_one_name_and_the_members_they_are_given(fresh) {
        let (boss, ada) = (fresh.person("Boss", &[Role::Admin]), fresh.person("Ada", &[Role::Agent]));
        let ctx = || at(boss, monday());
        let network = fresh.desk.execute_now(ctx(), AddTeam { name: "Network".to_owned() }).unwrap();
        let field = fresh.desk.execute_now(ctx(), AddTeam { name: "Field".to_owned() }).unwrap();
        let taken = fresh.desk.execute_now(ctx(), RenameTeam { team: field, name: "Network ".to_owned() });
        assert_eq!(fields(taken.unwrap_err()), ["name"]);
        fresh.desk.execute_now(ctx(), RenameTeam { team: field, name: "Field force".to_owned() }).unwrap();
        fresh.desk.execute_now(ctx(), AddTeamMember { team: network, person: ada }).unwrap();
        fresh.desk.execute_now(ctx(), AddTeamMember { team: network, person: ada }).unwrap();
        let members = fresh.desk.ask_now(at(ada, monday()), TeamMembers { team: network }).unwrap();
        assert_eq!(members.len(), 1);
        fresh.desk.execute_now(ctx(), RemoveTeamMember { team: network, person: ada }).unwrap();
        let again = fresh.desk.execute_now(ctx(), RemoveTeamMember { team: network, person: ada });
        assert!(matches!(again, Err(Refused::NotFound(_))));
        let names: Vec<_> =
            fresh.desk.ask_now(ctx(), Teams).unwrap().into_iter().map(|team| team.name).collect();
        assert_eq!(names, ["Field force", "Network"]);
    }

    fn bringing_in_the_same_people_again_changes_nothing(fresh) {
        let boss = fresh.person("Boss", &[Role::Admin]);
        let import = || ImportPeople {
            source: "servicenow".to_owned(),
            people: vec![
                imported("user 1", "User 1", RoleHint::Requester, &[]),
                imported("user 2", "User 2", RoleHint::Agent, &["Group 70", "Group 24"]),
                ImportedPerson {
                    email: "boss@example.org".to_owned(),
                    ..imported("user 3", "The boss", RoleHint::Agent, &["Group 70"])
                },
                ImportedPerson { email: "?".to_owned(), ..imported("user 4", "User 4", RoleHint::Agent, &[]) },
            ],
        };
        let first = fresh.desk.execute_now(operator(monday()), import()).unwrap();
        assert_eq!((first.created, first.people.len(), first.teams.len()), (2, 3, 2));
        assert_eq!(first.people[&PersonKey("user 3".to_owned())], boss);
        assert_eq!(first.skipped[0].key.as_str(), "user 4");
        let again = fresh.desk.execute_now(operator(monday()), import()).unwrap();
        assert_eq!((again.created, &again.people, &again.teams), (0, &first.people, &first.teams));

        let seen = fresh.desk.ask_now(at(boss, monday()), PersonDetail { person: boss }).unwrap();
        assert_eq!(seen.person.name, "Boss");
        assert_eq!(seen.roles.len(), 2, "{:?}", seen.roles);
        let agent = first.people[&PersonKey("user 2".to_owned())];
        let seen = fresh.desk.ask_now(at(agent, monday()), Me).unwrap().person.unwrap();
        assert_eq!((seen.roles, seen.teams.len()), (vec![Role::Agent], 2));
    }

    fn a_setting_is_replaced_by_who_saw_it_last(fresh) {
        let boss = fresh.person("Boss", &[Role::Admin]);
        let ctx = || at(boss, monday());
        let row = ByUrgency { high: Priority::P1, medium: Priority::P1, low: Priority::P1 };
        let set = |version| SetPriorityMatrix { matrix: PriorityMatrix { high: row, ..PriorityMatrix::default() }, version };
        assert_eq!(fresh.desk.execute_now(ctx(), set(0)).unwrap().version, 1);
        assert!(matches!(fresh.desk.execute_now(ctx(), set(0)), Err(Refused::Stale { current: 1 })));
        let settings = fresh.desk.ask_now(ctx(), Settings).unwrap();
        assert_eq!((settings.matrix_version, settings.workflow_version), (1, 0));
        assert_eq!(settings.rules.matrix.high, row);
    }

    fn a_state_that_tickets_are_in_stays_and_keeps_its_meaning(fresh) {
        let boss = fresh.person("Boss", &[Role::Admin]);
        let ctx = || at(boss, monday());
        let rules = fresh.desk.ask_now(ctx(), Settings).unwrap().rules;
        let initial = rules.workflow.initial(Kind::Incident).key.clone();
        let mut turned = definition(&rules.workflow);
        for state in &mut turned.states {
            if state.key == initial {
                state.phase = if state.phase == Phase::New { Phase::Active } else { Phase::New };
            }
        }
        let mut renamed = definition(&rules.workflow);
        for state in &mut renamed.states {
            state.label.push('!');
        }
        let set = |workflow| SetWorkflow { workflow, version: 0 };
        fresh
            .desk
            .execute_now(ctx(), RaiseTicket::of(Kind::Incident, Subject::new("Dark").unwrap(), None))
            .unwrap();
        assert_eq!(fields(fresh.desk.execute_now(ctx(), set(turned)).unwrap_err()), ["workflow"]);
        assert_eq!(fresh.desk.execute_now(ctx(), set(renamed)).unwrap().version, 1);
        let rules = fresh.desk.ask_now(ctx(), Settings).unwrap().rules;
        assert!(rules.workflow.label(&initial).ends_with('!'));
    }

    fn no_promise_is_left_without_its_calendar(fresh) {
        let boss = fresh.person("Boss", &[Role::Admin]);
        let ctx = || at(boss, monday());
        let rules = fresh.desk.ask_now(ctx(), Settings).unwrap().rules;
        let mut policy: Promises = rules.policy.clone().into();
        policy.p1.calendar = CalendarId::from(Uuid::from_u128(9));
        let set = SetServiceLevels { policy: policy.clone(), version: 0 };
        assert_eq!(fields(fresh.desk.execute_now(ctx(), set.clone()).unwrap_err()), ["policy"]);

        let mut calendars: Vec<CalendarDefinition> = rules.calendars.into_iter().map(Into::into).collect();
        let dropped = SetCalendars { calendars: calendars[..1].to_vec(), version: 0 };
        assert_eq!(fields(fresh.desk.execute_now(ctx(), dropped).unwrap_err()), ["calendars"]);
        let night = CalendarDefinition {
            id: CalendarId::from(Uuid::from_u128(9)),
            name: "Night".to_owned(),
            ..calendars[1].clone()
        };
        calendars.push(CalendarDefinition { zone: "Mars".to_owned(), ..night.clone() });
        let wrong = SetCalendars { calendars: calendars.clone(), version: 0 };
        assert_eq!(fields(fresh.desk.execute_now(ctx(), wrong).unwrap_err()), ["calendars[2]"]);
        calendars[2] = night;
        fresh.desk.execute_now(ctx(), SetCalendars { calendars, version: 0 }).unwrap();
        assert_eq!(fresh.desk.execute_now(ctx(), set).unwrap().version, 1);
    }

    /// One row for each command and look, with the roles that may; every other role is refused and changes nothing.
    fn every_command_and_look_refuses_the_wrong_caller(fresh) {
        let stand = Stand::on(fresh);
        let rules = fresh.desk.ask_now(at(stand.boss, monday()), Settings).unwrap().rules;
        let admins = &[Role::Admin][..];
        let token = || MakeToken { label: "bot".to_owned(), scopes: vec![], expires_in_days: None };
        let person = stand.person;

        stand.command("AddPerson", admins, |n| AddPerson { email: format!("p{n}@example.org"), ..ada() });
        stand.command("ChangePerson", admins, |_| change(person, 99, PersonChanges::default()));
        stand.command("ChangePerson of nobody", admins, |_| {
            change(PersonId::from(Uuid::from_u128(5)), 1, PersonChanges::default())
        });
        stand.command("SetRoles", admins, |_| SetRoles { person, roles: vec![] });
        stand.command("AddTeam", admins, |n| AddTeam { name: format!("Team {n}") });
        stand.command("RenameTeam", admins, |n| RenameTeam { team: stand.team, name: format!("Other {n}") });
        stand.command("AddTeamMember", admins, |_| AddTeamMember { team: stand.team, person });
        stand.command("RemoveTeamMember", admins, |_| RemoveTeamMember { team: stand.team, person });
        stand.command("ImportPeople", admins, |_| ImportPeople { source: "desk".to_owned(), people: vec![] });
        stand.command("AddServiceAccount", admins, |n| AddServiceAccount { name: format!("Bot {n}") });
        let owner = TokenOwner::ServiceAccount(stand.account);
        stand.command("MakeTokenFor", admins, |_| MakeTokenFor { owner, token: token() });
        let theirs = MakeTokenFor { owner: TokenOwner::Person(person), token: token() };
        stand.command("MakeTokenFor a person", admins, |_| theirs.clone());
        stand.command("RevokeToken", admins, |_| RevokeToken { token: stand.token });
        let account = stand.account;
        stand.command("DeactivateServiceAccount", admins, |_| DeactivateServiceAccount { account });
        stand.command("MakeSignInLink", admins, |_| {
            MakeSignInLink { person, purpose: LinkPurpose::SignIn, minutes: 5 }
        });
        stand.command("SetWorkflow", admins, |_| SetWorkflow { workflow: definition(&rules.workflow), version: 9 });
        stand.command("SetPriorityMatrix", admins, |_| {
            SetPriorityMatrix { matrix: PriorityMatrix::default(), version: 9 }
        });
        stand.command("SetServiceLevels", admins, |_| {
            SetServiceLevels { policy: rules.policy.clone().into(), version: 9 }
        });
        stand.command("SetCalendars", admins, |_| SetCalendars {
            calendars: rules.calendars.iter().cloned().map(Into::into).collect(),
            version: 9,
        });
        stand.command("MakeToken", Role::ALL, |_| token());

        let staff = &[Role::Agent, Role::LicenceManager, Role::Auditor, Role::Admin][..];
        stand.look("People", staff, People::default);
        stand.look("PersonDetail", staff, || PersonDetail { person });
        stand.look("Teams", staff, || Teams);
        stand.look("TeamMembers", staff, || TeamMembers { team: stand.team });
        stand.look("Tokens", admins, || Tokens { of: TokenOwner::Person(person) });
        stand.look("Tokens of an account", admins, || Tokens { of: owner });
        stand.look("ServiceAccounts", admins, || ServiceAccounts);
        stand.look("Settings", &[Role::Agent, Role::Admin], || Settings);
        stand.look("Me", Role::ALL, || Me);
    }

    fn a_demonstrations_link_is_made_by_the_program_only(fresh) {
        let (boss, ada) = (fresh.person("Boss", &[Role::Admin]), fresh.person("Ada", &[]));
        let link = MakeSignInLink { person: ada, purpose: LinkPurpose::Demo, minutes: 5 };
        assert!(matches!(fresh.desk.execute_now(at(boss, monday()), link), Err(Refused::NotFound(_))));
        assert!(fresh.desk.execute_now(operator(monday()), link).is_ok());
        let endless = MakeSignInLink { person: ada, purpose: LinkPurpose::SignIn, minutes: 8 * 24 * 60 };
        assert_eq!(fields(fresh.desk.execute_now(at(boss, monday()), endless).unwrap_err()), ["minutes"]);
        let setup = MakeSignInLink { person: ada, purpose: LinkPurpose::Setup, minutes: 5 };
        assert_eq!(fields(fresh.desk.execute_now(at(boss, monday()), setup).unwrap_err()), ["purpose"]);
    }

    fn everybody_sees_themselves(fresh) {
        let ada = fresh.person("Ada", &[]);
        assert_eq!(fresh.desk.ask_now(at(ada, monday()), PersonDetail { person: ada }).unwrap().person.id, ada);
        assert!(fresh.desk.ask_now(at(ada, monday()), Me).unwrap().capabilities.has(Capability::PortalUse));
    }
}

/// A caller of each role, and something of each kind to do things to.
struct Stand<'a> {
    fresh: &'a Fresh,
    boss: PersonId,
    person: PersonId,
    team: domain::GroupId,
    account: domain::ServiceAccountId,
    token: domain::TokenId,
    callers: Vec<(Role, PersonId)>,
}

impl<'a> Stand<'a> {
    fn on(fresh: &'a Fresh) -> Self {
        let boss = fresh.person("Boss", &[Role::Admin]);
        let person = fresh.person("Somebody", &[]);
        let ctx = || at(boss, monday());
        let team = fresh.desk.execute_now(ctx(), AddTeam { name: "Network".to_owned() }).unwrap();
        let account = fresh.desk.execute_now(ctx(), AddServiceAccount { name: "Chat".to_owned() }).unwrap();
        let label = "chat".to_owned();
        let token = MakeToken { label, scopes: vec![], expires_in_days: None };
        let owner = TokenOwner::ServiceAccount(account);
        let token = fresh.desk.execute_now(ctx(), MakeTokenFor { owner, token }).unwrap().id;
        let callers = Role::ALL.iter().map(|role| (*role, fresh.person(role.as_str(), &[*role]))).collect();
        Self { fresh, boss, person, team, account, token, callers }
    }

    fn command<C: Command>(&self, name: &str, may: &[Role], make: impl Fn(usize) -> C) {
        for (number, (role, caller)) in self.callers.iter().enumerate() {
            let refused = self.fresh.desk.execute_now(at(*caller, monday()), make(number)).err();
            judge(name, *role, may, refused.as_ref());
        }
    }

    fn look<Q: desk::Query>(&self, name: &str, may: &[Role], make: impl Fn() -> Q) {
        for (role, caller) in &self.callers {
            let refused = self.fresh.desk.ask_now(at(*caller, monday()), make()).err();
            let turned_away = matches!(refused, Some(Refused::NotFound(_)));
            assert_eq!(turned_away, !may.contains(role), "{name} as {role}: {refused:?}");
        }
    }
}

/// Who may not is refused for want of the capability or told of nothing; who may gets past that, whatever is said of
/// the command itself.
fn judge(name: &str, role: Role, may: &[Role], refused: Option<&Refused>) {
    let lacks = |verdict: &Verdict| matches!(verdict, Verdict::Refused(Refusal::CapabilityMissing { .. }));
    let turned_away = match refused {
        Some(Refused::Licence(verdict)) => lacks(verdict),
        Some(Refused::NotFound(_)) => !may.contains(&role),
        _ => false,
    };
    assert_eq!(turned_away, !may.contains(&role), "{name} as {role}: {refused:?}");
}
