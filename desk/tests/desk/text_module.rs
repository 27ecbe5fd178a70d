//! Text modules: whose they are, and how they are filled in.

use desk::{
    Refused,
    ticket::{DeleteTextModule, RaiseTicket, TextModuleView, TextModules, WriteTextModule},
};
use domain::{
    PersonId, TextModuleId,
    identity::Role,
    ticket::{Kind, Markdown, Subject, TextModuleName, UsedBy},
};

use crate::support::{Fresh, at, monday, on_both_engines};

fn text(id: Option<TextModuleId>, name: &str, body: &str, used_by: UsedBy) -> WriteTextModule {
    let (name, body) = (TextModuleName::new(name).unwrap(), Markdown::new(body).unwrap());
    WriteTextModule { id, name, body, used_by }
}

fn write(fresh: &Fresh, person: PersonId, command: WriteTextModule) -> Result<TextModuleId, Refused> {
    fresh.desk.execute_now(at(person, monday()), command).map(|written| written.id)
}

fn seen(fresh: &Fresh, person: PersonId) -> Vec<TextModuleView> {
    fresh.desk.ask_now(at(person, monday()), TextModules::default()).unwrap()
}

fn names(fresh: &Fresh, person: PersonId) -> Vec<String> {
    seen(fresh, person).into_iter().map(|module| module.name).collect()
}

on_both_engines! {
    fn ones_own_texts_stand_before_everybodys_and_are_nobody_elses(fresh) {
        let (tim, eva) = (fresh.technician("Tim Okafor"), fresh.technician("Eva Lund"));
        write(fresh, tim, text(None, "Restart", "Restart it.", UsedBy::Author)).unwrap();
        write(fresh, tim, text(None, "Closing", "We close this.", UsedBy::Everybody)).unwrap();
        write(fresh, eva, text(None, "Badge", "Bring your badge.", UsedBy::Author)).unwrap();
        assert_eq!(names(fresh, tim), ["Restart", "Closing"]);
        assert_eq!(names(fresh, eva), ["Badge", "Closing"]);
        let requester = fresh.person("Anna Berg", &[Role::Requester]);
        let asked = fresh.desk.ask_now(at(requester, monday()), TextModules::default());
        assert!(matches!(asked, Err(Refused::NotFound(_))));
    }

    fn its_author_changes_a_text_and_an_administrator_everybodys(fresh) {
        let (tim, eva) = (fresh.technician("Tim Okafor"), fresh.technician("Eva Lund"));
        let ada = fresh.person("Ada Root", &[Role::Admin, Role::Agent]);
        let own = write(fresh, tim, text(None, "Own", "Mine.", UsedBy::Author)).unwrap();
        let shared = write(fresh, tim, text(None, "Shared", "Ours.", UsedBy::Everybody)).unwrap();
        let hidden = write(fresh, ada, text(Some(own), "Own", "Hers.", UsedBy::Author));
        assert!(matches!(hidden, Err(Refused::NotFound(_))), "{hidden:?}");
        let other = write(fresh, eva, text(Some(shared), "Shared", "Hers.", UsedBy::Everybody));
        let Err(Refused::Rule(why)) = other else { panic!("{other:?}") };
        assert!(why.contains("Tim Okafor") && why.contains("administrator"), "{why}");
        let removed = fresh.desk.execute_now(at(eva, monday()), DeleteTextModule { id: shared });
        assert!(matches!(removed, Err(Refused::Rule(_))));
        write(fresh, ada, text(Some(shared), "Shared by all", "Ours too.", UsedBy::Everybody)).unwrap();
        assert_eq!(names(fresh, tim), ["Own", "Shared by all"]);
        assert_eq!(seen(fresh, eva)[0].author_name, "Tim Okafor", "it stays its author's");
        fresh.desk.execute_now(at(ada, monday()), DeleteTextModule { id: shared }).unwrap();
        fresh.desk.execute_now(at(tim, monday()), DeleteTextModule { id: own }).unwrap();
        assert_eq!(names(fresh, tim), [""; 0]);
        let gone = write(fresh, tim, text(Some(own), "Own", "Again.", UsedBy::Author));
        assert!(matches!(gone, Err(Refused::NotFound(_))));
    }

    fn a_text_is_filled_in_for_the_ticket_it_is_used_on(fresh) {
        let (tim, anna) = (fresh.technician("Tim Okafor"), fresh.person("Anna Berg", &[Role::Requester]));
        let raise = RaiseTicket::of(Kind::Incident, Subject::new("No {{me}} signal").unwrap(), None);
        let ticket = fresh.desk.execute_now(at(anna, monday()), raise).unwrap();
        let body = "Dear {{first_name}}, {{number}} ({{subject}}) {{group}}is with me. {{me}}";
        write(fresh, tim, text(None, "With me", body, UsedBy::Author)).unwrap();
        let query = TextModules { filled_for: Some(ticket.id.into()) };
        let filled = fresh.desk.ask_now(at(tim, monday()), query).unwrap();
        assert_eq!(filled[0].body, "Dear Anna, INC-1 (No {{me}} signal) is with me. Tim Okafor");
    }

    fn a_blank_that_cannot_be_filled_in_is_refused_when_it_is_written(fresh) {
        let tim = fresh.technician("Tim Okafor");
        let refused = write(fresh, tim, text(None, "Wrong", "Dear {{customer}}", UsedBy::Author));
        assert!(matches!(refused, Err(Refused::Invalid(_))), "{refused:?}");
        assert_eq!(names(fresh, tim), [""; 0]);
    }

    fn nobody_keeps_more_than_can_be_found(fresh) {
        let tim = fresh.technician("Tim Okafor");
        let mut last = None;
        for nth in 0..200 {
            last = Some(write(fresh, tim, text(None, &format!("Text {nth:03}"), "x", UsedBy::Author)).unwrap());
        }
        let more = write(fresh, tim, text(None, "One more", "x", UsedBy::Author));
        assert!(matches!(more, Err(Refused::Rule(_))), "{more:?}");
        write(fresh, tim, text(last, "Changed", "x", UsedBy::Author)).unwrap();
        assert_eq!(names(fresh, tim).len(), 200);
    }
}
