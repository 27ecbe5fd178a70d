//! One truth: every place that tells a count tells the same one, and a sum that was kept is the sum computed again.

#![expect(clippy::unwrap_used, reason = "the lint knows tests by their attribute, not what they call")]

use desk::{
    contract::EntitlementPosition,
    licence::{
        ChangeLicence, DenialNext, Denials, HoldersAt, LeaveQueue, LicenceDetail, LicenceList, LicenceUsage,
        MySeat, ReleaseToken, Resolution, ShareOut, StandingKind, UsageView,
    },
};
use domain::{
    PersonId, Timestamp,
    identity::Role,
    licence::{Action, PoolAccess, PoolRules, Shift, pool::WaitEnd, usage::day_of},
    sla::Week,
};
use jiff::SignedDuration;

use super::{Fresh, Scene, by, pool, raise, timer, when};
use crate::support::on_both_engines;

const DAY: i64 = 86_400;

/// A sequence that looks random and is the same each time (Knuth's MMIX constants).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn second(&mut self, most: u64) -> i64 {
        i64::try_from(self.roll(most)).unwrap()
    }
}

fn manager(fresh: &Fresh) -> PersonId {
    fresh.known("Mia Manager", &[Role::LicenceManager])
}

fn change(fresh: &Fresh, scene: &Scene, second: i64, quantity: Option<u32>, rules: Option<PoolRules>) {
    let command =
        ChangeLicence { licence: scene.licence.id, version: None, name: None, quantity, term: None, rules };
    fresh.desk.execute_now(by(manager(fresh), second), command).unwrap();
}

fn lingering() -> PoolRules {
    let idle_after = SignedDuration::from_mins(3);
    PoolRules { linger: SignedDuration::from_mins(4), idle_after, ..PoolRules::default() }
}

/// Some move of somebody, `after` the last one; says when.
fn some_move(fresh: &Fresh, scene: &Scene, dice: &mut Dice, after: i64) -> i64 {
    // Mostly busy; now and then a night.
    let now = after + if dice.roll(25) == 0 { dice.second(30_000) } else { dice.second(240) };
    let who = usize::try_from(dice.roll(scene.people.len() as u64)).unwrap();
    let ctx = by(scene.people[who], now);
    let licence = scene.licence.id;
    match dice.roll(12) {
        0..6 => drop(scene.works(fresh, who, now)),
        6..8 => fresh.desk.heartbeat_now(&ctx).unwrap(),
        8 | 9 => drop(fresh.desk.execute_now(ctx, ReleaseToken { licence })),
        10 => drop(fresh.desk.execute_now(ctx, LeaveQueue { licence })),
        _ if dice.roll(3) > 0 => {
            change(fresh, scene, now, Some(u32::try_from(1 + dice.roll(5)).unwrap()), None);
        }
        _ => drop(fresh.desk.sweep_now(timer(now)).unwrap()),
    }
    now
}

fn usage(
    fresh: &Fresh,
    scene: &Scene,
    now: i64,
    from: i64,
    until: i64,
    resolution: Option<Resolution>,
) -> UsageView {
    let query = LicenceUsage { licence: scene.licence.id, from: when(from), until: when(until), resolution };
    fresh.desk.ask_now(by(manager(fresh), now), query).unwrap()
}

fn every_count_agrees(fresh: &Fresh, scene: &Scene, now: i64) {
    let (manager, licence) = (manager(fresh), scene.licence.id);
    let detail = fresh.desk.ask_now(by(manager, now), LicenceDetail { licence }).unwrap();
    let held = detail.summary.in_use;
    let list = fresh.desk.ask_now(by(manager, now), LicenceList).unwrap();
    let listed = list.iter().find(|listed| listed.id == licence).unwrap();
    assert_eq!(listed, &detail.summary, "the list and the page, at {now}");
    assert_eq!(detail.tokens.len() as u64, held);

    let mine = |person: &PersonId| fresh.desk.ask_now(by(*person, now), MySeat).unwrap();
    let holds = |kind: &StandingKind| matches!(kind, StandingKind::Token { .. });
    let seats = scene.people.iter().flat_map(|person| mine(person).all);
    assert_eq!(seats.filter(|seat| holds(&seat.kind)).count() as u64, held, "everybody's own seat, at {now}");

    let level = usage(fresh, scene, now, now, now + 1, None).levels[0].level;
    assert_eq!(u64::from(level), held, "the use, at {now}");
    let holders = fresh.desk.ask_now(by(manager, now), HoldersAt { licence, at: when(now) }).unwrap();
    let names: Vec<_> = holders.iter().map(|held| (held.token, &held.person)).collect();
    let shown: Vec<_> = detail.tokens.iter().map(|token| (token.token, &token.holder)).collect();
    assert_eq!(names, shown, "the holders, at {now}");

    let today = day_of(when(now)).start;
    let position = fresh.desk.ask_now(by(manager, now), EntitlementPosition { at: None }).unwrap();
    let row = position.items.iter().find(|row| row.position.licence == licence).unwrap();
    let from = today.duration_until(when(0)).as_secs();
    let peak = usage(fresh, scene, now, -from, now, None).peak.map_or(0, |peak| peak.level);
    assert_eq!(row.position.used.in_use, peak.max(level), "the position, at {now}");

    let denials = Denials { licence, since: today, after: None, limit: 200 };
    let denied = fresh.desk.ask_now(by(manager, now), denials).unwrap();
    assert!(denied.next.is_none());
    assert_eq!(denied.items.len() as u64, detail.summary.denials_today, "the denials, at {now}");
}

fn sums(fresh: &Fresh, scene: &Scene, now: i64) -> Vec<UsageView> {
    let ask = |from, until, resolution| usage(fresh, scene, now, from, until, resolution);
    vec![
        ask(-30 * DAY, now + DAY, Some(Resolution::Hour)),
        ask(-100 * DAY, now, None),
        ask(5_000, now - 7_000, Some(Resolution::Exact)),
        ask(DAY, 2 * DAY + 99, Some(Resolution::QuarterHour)),
        ask(15 * 3_600, 39 * 3_600, Some(Resolution::Day)),
        ask(100, 4_000, None),
        ask(-9 * DAY, -8 * DAY, None),
    ]
}

on_both_engines! {
    fn every_count_of_a_random_history_is_one_and_the_same_and_sums_are_what_is_computed(fresh) {
        let scene = pool(fresh, 2, 6);
        change(fresh, &scene, 0, None, Some(lingering()));
        let (mut dice, mut now) = (Dice(20_261_126), 0);
        for step in 0..300 {
            now = some_move(fresh, &scene, &mut dice, now);
            if step % 12 == 0 {
                every_count_agrees(fresh, &scene, now);
            }
        }
        fresh.desk.sweep_now(timer(now)).unwrap();
        let computed = sums(fresh, &scene, now);
        let closed = fresh.desk.close_days(when(now)).unwrap();
        assert!(closed >= 2, "the history is {now} seconds long, {closed} days are over");
        assert_eq!(fresh.desk.close_days(when(now)).unwrap(), 0);
        assert_eq!(sums(fresh, &scene, now), computed, "kept and computed");
        assert!(computed[0].lingering_seconds > 0, "nobody was kept a token");
        assert!(computed[0].active_seconds < computed[0].held_seconds);
        every_count_agrees(fresh, &scene, now + 1);

        // What happens later changes nothing about the days that are over.
        for _ in 0..30 {
            now = some_move(fresh, &scene, &mut dice, now);
        }
        let licence = scene.licence.id;
        let kept = sums(fresh, &scene, now);
        fresh.desk.database().write_now(move |tx| store::usage::reopen(tx, licence, Timestamp::UNIX_EPOCH)).unwrap();
        assert_eq!(sums(fresh, &scene, now), kept);
    }

    fn fewer_tokens_than_are_held_are_an_overdraft_until_enough_are_given_back(fresh) {
        let scene = pool(fresh, 3, 2);
        scene.works(fresh, 0, 0).unwrap();
        scene.works(fresh, 1, 10).unwrap();
        change(fresh, &scene, 40, Some(1), None);
        fresh.desk.execute_now(by(scene.people[0], 100), ReleaseToken { licence: scene.licence.id }).unwrap();
        let used = usage(fresh, &scene, 130, 0, 130, None);
        assert_eq!((used.overdraft_seconds, used.capacity.len(), used.level_95), (60, 1, Some(2)));
        assert_eq!((used.held_seconds, used.active_seconds, used.people), (100 + 120, 100 + 120, 2));
    }

    fn a_day_is_closed_only_when_it_is_over_and_what_ran_out_in_it_is_written_down(fresh) {
        let scene = pool(fresh, 1, 1);
        scene.works(fresh, 0, 0).unwrap();
        let midnight = 15 * 3_600;
        assert_eq!(fresh.desk.close_days(when(midnight + 60)).unwrap(), 0);
        assert_eq!(fresh.desk.close_days(when(midnight + 3_600)).unwrap(), 0, "a hold has run out and is not ended");
        fresh.desk.sweep_now(timer(midnight + 3_600)).unwrap();
        assert_eq!(fresh.desk.close_days(when(midnight + 3_600)).unwrap(), 1);
    }

    fn a_denial_tells_what_the_person_did_next(fresh) {
        let scene = pool(fresh, 1, 4);
        let licence = scene.licence.id;
        scene.works(fresh, 0, 0).unwrap();
        for who in 1..4 {
            scene.works(fresh, who, 10).unwrap_err();
        }
        fresh.desk.execute_now(by(scene.people[2], 40), LeaveQueue { licence }).unwrap();
        fresh.desk.execute_now(by(scene.people[0], 50), ReleaseToken { licence }).unwrap();
        scene.works(fresh, 1, 55).unwrap();
        raise(fresh, scene.people[3], 60).unwrap();

        let next = |second| {
            let denials = Denials { licence, since: when(0), after: None, limit: 50 };
            let page = fresh.desk.ask_now(by(manager(fresh), second), denials).unwrap();
            let of = |who: usize| page.items.iter().find(|it| it.person.id == scene.people[who]).unwrap().next;
            [of(1), of(2), of(3)]
        };
        let served = DenialNext::Served { at: when(55) };
        let left = DenialNext::GaveUp { at: when(40), how: WaitEnd::Left };
        assert_eq!(next(60), [served, left, DenialNext::Waiting { since: when(10) }]);

        // Outside its shifts a pool has no line, so that nobody waits.
        let week = Week { sunday: vec!["09:00-10:00".parse().unwrap()], ..Week::default() };
        let shifts = vec![Shift { zone: "UTC".to_owned(), week }];
        let access = PoolAccess { shifts, ..PoolAccess::default() };
        fresh.desk.execute_now(by(manager(fresh), 100), ShareOut { licence, version: None, access }).unwrap();
        fresh.desk.execute_now(by(scene.people[3], 100), LeaveQueue { licence }).unwrap();
        scene.works(fresh, 3, 200).unwrap_err();
        raise(fresh, scene.people[3], 260).unwrap();
        assert_eq!(next(300)[2], DenialNext::Instead { at: when(260), action: Action::TicketRaise });
    }
}
