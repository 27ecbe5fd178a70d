//! Views: whose they are, and that what they show is kept in one order.

use desk::{
    Refused,
    ticket::{DeleteView, KeepView, Sidebar, Views},
};
use domain::{
    PersonId, ViewId,
    identity::Role,
    ticket::{Filter, UsedBy, ViewName},
};

use crate::support::{Fresh, at, monday, on_both_engines};

fn keep(
    fresh: &Fresh,
    by: PersonId,
    id: Option<ViewId>,
    name: &str,
    used_by: UsedBy,
) -> Result<ViewId, Refused> {
    let filter = Filter::read([("sort", "oldest"), ("assignee", "me")]).unwrap();
    let command = KeepView { id, name: ViewName::new(name).unwrap(), filter, used_by };
    fresh.desk.execute_now(at(by, monday()), command).map(|kept| kept.id)
}

fn names(fresh: &Fresh, by: PersonId) -> Vec<String> {
    let side = fresh.desk.ask_now(at(by, monday()), Sidebar).unwrap();
    side.views.into_iter().map(|view| view.name).collect()
}

on_both_engines! {
    fn ones_own_views_stand_in_the_sidebar_before_everybodys(fresh) {
        let (tim, eva) = (fresh.technician("Tim Okafor"), fresh.technician("Eva Lund"));
        keep(fresh, tim, None, "Mine by age", UsedBy::Author).unwrap();
        let shared = keep(fresh, tim, None, "By age", UsedBy::Everybody).unwrap();
        assert_eq!(names(fresh, tim), ["Mine by age", "By age"]);
        assert_eq!(names(fresh, eva), ["By age"]);
        let seen = fresh.desk.ask_now(at(eva, monday()), Views).unwrap();
        assert_eq!((seen[0].query.as_str(), seen[0].changeable), ("assignee=me&sort=oldest", false));
        let other = keep(fresh, eva, Some(shared), "Hers", UsedBy::Everybody);
        assert!(matches!(other, Err(Refused::Rule(_))), "{other:?}");
        keep(fresh, tim, Some(shared), "The oldest", UsedBy::Author).unwrap();
        assert_eq!(names(fresh, eva), [""; 0]);
        assert!(matches!(fresh.desk.execute_now(at(eva, monday()), DeleteView { id: shared }), Err(Refused::NotFound(_))));
        fresh.desk.execute_now(at(tim, monday()), DeleteView { id: shared }).unwrap();
        assert_eq!(names(fresh, tim), ["Mine by age"]);
    }

    fn requesters_keep_none(fresh) {
        let anna = fresh.person("Anna Berg", &[Role::Requester]);
        assert!(matches!(keep(fresh, anna, None, "Mine", UsedBy::Author), Err(Refused::Licence(_))));
        assert!(fresh.desk.ask_now(at(anna, monday()), Views).is_err());
    }
}
