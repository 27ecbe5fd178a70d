//! The rules of a pool: how its tokens behave, and among whom they are shared out.

use axum::{
    extract::{Path, State},
    response::Response,
};
use desk::{
    Command, Refused,
    licence::{ChangeLicence, GrantGrace, LicenceDetail, LicenceDetailView, LicenceGroups, ShareOut},
};
use domain::{
    GroupId, LicenceId,
    identity::Capability,
    licence::{GroupLimit, Metric, PoolAccess, PoolRules, Reservation, Shift},
    sla::{Opening, Week},
};
use jiff::SignedDuration;
use maud::{Markup, html};

use super::{Typed, room, typed};
use crate::{
    AppState,
    page::{PageResult, Posted, Reader, see},
    ui::{self, Field, Icon, Input, Tone, icon},
    words::{key, say, t},
    wrong::Wrong,
};

/// A rule that is a length of time, as its field shows it.
struct Lasting {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    /// The unit of the field.
    unit: SignedDuration,
    get: fn(&PoolRules) -> Option<SignedDuration>,
    set: fn(&mut PoolRules, Option<SignedDuration>),
}

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

const LASTING: [Lasting; 9] = [
    Lasting {
        name: "idle_after",
        label: key!("Idle after (minutes)"),
        hint: key!("So long after their last act of work a holder counts as idle."),
        unit: MINUTE,
        get: |rules| Some(rules.idle_after),
        set: |rules, time| rules.idle_after = time.unwrap_or(PoolRules::USUAL.idle_after),
    },
    Lasting {
        name: "steal_notice",
        label: key!("Notice before an idle token is taken (seconds)"),
        hint: key!(
            "Only when somebody would otherwise be refused, oldest idle first. Empty: never taken. 0: at once."
        ),
        unit: SECOND,
        get: |rules| rules.steal_notice,
        set: |rules, time| rules.steal_notice = time,
    },
    Lasting {
        name: "idle_timeout",
        label: key!("Longest idleness (minutes)"),
        hint: key!("Ends an idle hold even when nobody waits. Empty: no end."),
        unit: MINUTE,
        get: |rules| rules.idle_timeout,
        set: |rules, time| rules.idle_timeout = time,
    },
    Lasting {
        name: "linger",
        label: key!("Kept after giving back (minutes)"),
        hint: key!("A token that was given back waits for its holder so long, unless somebody needs it."),
        unit: MINUTE,
        get: |rules| Some(rules.linger),
        set: |rules, time| rules.linger = time.unwrap_or_default(),
    },
    Lasting {
        name: "offer_window",
        label: key!("Offers stand for (seconds)"),
        hint: key!("So long a free token is kept for the first in line."),
        unit: SECOND,
        get: |rules| Some(rules.offer_window),
        set: |rules, time| rules.offer_window = time.unwrap_or(PoolRules::USUAL.offer_window),
    },
    Lasting {
        name: "patience",
        label: key!("Patience of the line (minutes)"),
        hint: key!(
            "Work on a critical ticket passes others in line; nobody who has waited so long is passed any more."
        ),
        unit: MINUTE,
        get: |rules| Some(rules.patience),
        set: |rules, time| rules.patience = time.unwrap_or(PoolRules::USUAL.patience),
    },
    Lasting {
        name: "recall_notice",
        label: key!("Notice before a lent token goes back (seconds)"),
        hint: key!("For tokens that are kept for a group and lent meanwhile."),
        unit: SECOND,
        get: |rules| Some(rules.recall_notice),
        set: |rules, time| rules.recall_notice = time.unwrap_or(PoolRules::USUAL.recall_notice),
    },
    Lasting {
        name: "ttl",
        label: key!("Silence that ends a hold (seconds)"),
        hint: key!("A closed browser gives its token back after this and half a minute more."),
        unit: SECOND,
        get: |rules| Some(rules.ttl),
        set: |rules, time| rules.ttl = time.unwrap_or(PoolRules::USUAL.ttl),
    },
    Lasting {
        name: "borrow_longest",
        label: key!("Borrowed for at most (hours)"),
        hint: key!("For work without a connection. Empty: tokens are not borrowed."),
        unit: HOUR,
        get: |rules| rules.borrow_longest,
        set: |rules, time| rules.borrow_longest = time,
    },
];

pub(super) async fn show(
    State(app): State<AppState>,
    reader: Reader,
    Path(licence): Path<String>,
) -> PageResult<Response> {
    let id = licence.parse().map_err(|_| Refused::NotFound("licence"))?;
    draw(&app, &reader, id, ("", &Typed::new(), &Wrong::nothing())).await
}

async fn draw(
    app: &AppState,
    reader: &Reader,
    id: LicenceId,
    (form, values, wrong): (&str, &Typed, &Wrong),
) -> PageResult {
    let detail = app.desk.ask(reader.ctx(), LicenceDetail { licence: id }).await?;
    let groups = app.desk.ask(reader.ctx(), LicenceGroups).await?;
    let may_change = reader.may(Capability::LicenceManage);
    let seen = |name: &str, which: &str, now: String| {
        if form == which { typed(values, name).to_owned() } else { now }
    };
    let main = html! {
        a.back href={ "/licences/" (id) } { (icon(Icon::Left)) bdi { (detail.summary.name) } }
        (ui::page_head(
            t!("Rules"),
            t!("What is changed here takes nothing from anybody: who holds a token keeps it, and the line is served by the new rules."),
            &html! {},
        ))
        div.stack {
        @if detail.summary.metric == Metric::Concurrent {
            (behaviour(reader, &detail, may_change, &|name, now| seen(name, "rules", now), (form == "rules").then_some(wrong)))
            (shares(reader, &detail, &groups, may_change, &|name, now| seen(name, "shares", now), (form == "shares").then_some(wrong)))
        }
        (grace(reader, &detail, may_change, &|name, now| seen(name, "grace", now), (form == "grace").then_some(wrong)))
        }
    };
    let title = t!("Rules of {name}", name = detail.summary.name);
    Ok(reader.page_with(wrong.status(), &title, &room(reader, &main)))
}

/// A form over the whole width: its fields stand beside each other where there is room.
fn form_of(reader: &Reader, detail: &LicenceDetailView, act: &str, fields: &Markup, words: &str) -> Markup {
    html! {
        form.form.wide method="post" action={ "/licences/" (detail.summary.id) "/" (act) } {
            (ui::csrf_field(reader.csrf()))
            (fields)
            div { button.button.main { (words) } }
        }
    }
}

type Shown<'s> = &'s dyn Fn(&str, String) -> String;

fn behaviour(
    reader: &Reader,
    detail: &LicenceDetailView,
    may_change: bool,
    shown: Shown<'_>,
    wrong: Option<&Wrong>,
) -> Markup {
    let rules = &detail.rules;
    let number = |name: &'static str, label: &'static str, hint: &'static str, now: u32| {
        let value = shown(name, now.to_string());
        let error = wrong.and_then(|wrong| wrong.at(name));
        ui::field(&Field {
            value: &value,
            hint,
            error,
            input: Input::Line("number"),
            ..Field::new(name, label)
        })
    };
    let names: Vec<_> =
        LASTING.iter().map(|rule| rule.name).chain(["overdraft", "borrow_low_water"]).collect();
    let fields = html! {
        input type="hidden" name="version" value=(detail.version);
        @if let Some(wrong) = wrong { (wrong.summary(&names)) }
        div.grid-fields {
            @for rule in &LASTING {
                @let now = (rule.get)(rules).map_or_else(String::new, |time| in_units(time, rule.unit));
                @let value = shown(rule.name, now);
                (ui::field(&Field {
                    value: &value,
                    hint: say(rule.hint),
                    error: wrong.and_then(|wrong| wrong.at(rule.name)),
                    // A field of type number takes no fraction, and some rules are set to the second.
                    input: Input::Line("text"),
                    required: !rule.hint.contains("Empty:"),
                    ..Field::new(rule.name, say(rule.label))
                }))
            }
            (number("overdraft", t!("Overdraft (tokens)"), t!("So many more than there are may be granted; they are counted apart."), rules.overdraft))
            (number("borrow_low_water", t!("Tokens that stay"), t!("So many are never borrowed."), rules.borrow_low_water))
        }
    };
    let body = html! { div.panel-body {
        @if may_change { (form_of(reader, detail, "rules", &fields, t!("Set the rules"))) }
        @else { dl.facts { @for rule in &LASTING {
            div { dt { (say(rule.label)) } dd { ((rule.get)(rules).map_or_else(|| t!("none").to_owned(), |time| in_units(time, rule.unit))) } }
        } } }
    } };
    ui::panel(t!("How tokens behave"), &html! {}, &body)
}

fn shares(
    reader: &Reader,
    detail: &LicenceDetailView,
    groups: &[desk::data::Team],
    may_change: bool,
    shown: Shown<'_>,
    wrong: Option<&Wrong>,
) -> Markup {
    let access = &detail.access;
    let fields = html! {
        input type="hidden" name="version" value=(detail.version);
        @if let Some(wrong) = wrong { (wrong.summary(&["shifts"])) }
        @if groups.is_empty() {
            p.soft { (t!("There are no groups yet. Tokens can be kept for groups, lent, limited and refused once there are.")) }
        } @else {
            div.table-scroll { table.table.fold-phone {
                thead { tr {
                    th scope="col" { (t!("Group")) } th scope="col" { (t!("Tokens kept for it")) } th scope="col" { (t!("Lent while idle")) }
                    th scope="col" { (t!("At most")) } th scope="col" { (t!("May take tokens")) }
                } }
                tbody { @for group in groups {
                    @let id = group.id;
                    @let kept = access.reservations.iter().find(|kept| kept.group == id);
                    @let limit = access.limits.iter().find(|limit| limit.group == id);
                    @let who = if access.exclude.contains(&id) { "exclude" } else if access.include.contains(&id) { "include" } else { "" };
                    @let who = shown(&format!("who-{id}"), who.to_owned());
                    @let lent = shown(&format!("lent-{id}"), kept.filter(|kept| kept.elastic).map_or_else(String::new, |_| "on".to_owned()));
                    tr {
                        td.lead dir="auto" { (group.name) }
                        td data-label=(t!("Tokens kept for it")) {
                            input.input.short type="number" min="0" name={ "kept-" (id) } aria-label=(t!("Tokens kept for {group}", group = group.name))
                                value=(shown(&format!("kept-{id}"), kept.map_or_else(String::new, |kept| kept.tokens.to_string())));
                        }
                        td data-label=(t!("Lent while idle")) {
                            label.check { input type="checkbox" name={ "lent-" (id) } checked[!lent.is_empty()]; span { (t!("lent")) span.unseen { " " (t!("of {group}", group = group.name)) } } }
                        }
                        td data-label=(t!("At most")) {
                            input.input.short type="number" min="0" name={ "most-" (id) } aria-label=(t!("The most that {group} holds", group = group.name))
                                value=(shown(&format!("most-{id}"), limit.map_or_else(String::new, |limit| limit.most.to_string())));
                        }
                        td data-label=(t!("May take tokens")) {
                            select.input name={ "who-" (id) } aria-label=(t!("Whether {group} may take tokens", group = group.name)) {
                                @for (value, words) in [("", t!("like everybody")), ("include", t!("only these")), ("exclude", t!("never"))] {
                                    option value=(value) selected[who == value] { (words) }
                                }
                            }
                        }
                    }
                } }
            } }
        }
        (ui::field(&Field {
            value: &shown("shifts", shifts_text(&access.shifts)),
            error: wrong.and_then(|wrong| wrong.at("shifts")),
            hint: t!("A line for each shift, such as: Europe/Berlin mon-fri 08:00-18:00. Empty: always open. Who holds a token at the end of a shift keeps it."),
            input: Input::Area,
            required: false,
            ..Field::new("shifts", t!("Shifts"))
        }))
    };
    let body = html! { div.panel-body {
        @if may_change { (form_of(reader, detail, "shares", &fields, t!("Share the tokens out"))) }
        @else if *access == PoolAccess::default() { p.soft { (t!("Nothing is kept for anybody: who comes first is served first, at any hour.")) } }
        @else { p.soft { (t!("Tokens are shared out among groups; a licence manager sees and changes how.")) } }
    } };
    ui::panel(t!("Who may take them"), &html! {}, &body)
}

fn grace(
    reader: &Reader,
    detail: &LicenceDetailView,
    may_change: bool,
    shown: Shown<'_>,
    wrong: Option<&Wrong>,
) -> Markup {
    let value = shown("days", detail.grace_days.to_string());
    let fields = html! {
        input type="hidden" name="version" value=(detail.version);
        @if let Some(wrong) = wrong { (wrong.summary(&["days"])) }
        (ui::field(&Field {
            value: &value,
            error: wrong.and_then(|wrong| wrong.at("days")),
            hint: t!("After its term the licence goes on for so many days, so that a renewal that comes late stops nobody. 0 to 92."),
            input: Input::Line("number"),
            ..Field::new("days", t!("Days of grace"))
        }))
    };
    let chip = ui::chip(Tone::Plain, &t!("{grace_days} days", grace_days = detail.grace_days));
    let body = html! { div.panel-body {
        @if may_change { (form_of(reader, detail, "grace", &fields, t!("Set the grace"))) }
        @else { p.soft { (t!("After its term the licence goes on for {n} days.", n = detail.grace_days)) } }
    } };
    ui::panel(t!("After the term"), &chip, &body)
}

/// A length of time in a unit, with a fraction only where it needs one.
fn in_units(time: SignedDuration, unit: SignedDuration) -> String {
    let (whole, rest) = (time.as_secs() / unit.as_secs(), time.as_secs() % unit.as_secs());
    if rest == 0 {
        return whole.to_string();
    }
    // Enough places to come back to the same second.
    format!("{:.4}", time.as_secs_f64() / unit.as_secs_f64()).trim_end_matches('0').to_owned()
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn day(week: &mut Week, index: usize) -> &mut Vec<Opening> {
    match index {
        0 => &mut week.monday,
        1 => &mut week.tuesday,
        2 => &mut week.wednesday,
        3 => &mut week.thursday,
        4 => &mut week.friday,
        5 => &mut week.saturday,
        _ => &mut week.sunday,
    }
}

/// A line for each weekday that differs from the one before it.
fn shifts_text(shifts: &[Shift]) -> String {
    let mut lines = Vec::new();
    for shift in shifts {
        let mut week = shift.week.clone();
        let hours: Vec<Vec<Opening>> = (0..DAYS.len()).map(|index| day(&mut week, index).clone()).collect();
        let mut from = 0;
        for index in 1..=DAYS.len() {
            if index < DAYS.len() && hours[index] == hours[from] {
                continue;
            }
            if !hours[from].is_empty() {
                let days = if index - 1 == from {
                    DAYS[from].to_owned()
                } else {
                    format!("{}-{}", DAYS[from], DAYS[index - 1])
                };
                let hours: Vec<_> = hours[from].iter().map(ToString::to_string).collect();
                lines.push(format!("{} {days} {}", shift.zone, hours.join(" ")));
            }
            from = index;
        }
    }
    lines.join("\n")
}

/// Reads what [`shifts_text`] writes; lines of one zone are one shift.
fn shifts(text: &str) -> Result<Vec<Shift>, String> {
    let mut shifts: Vec<Shift> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let wrong = || t!("`{line}` is no shift; write it like: Europe/Berlin mon-fri 08:00-18:00", line);
        let mut words = line.split_whitespace();
        let (zone, days) = (words.next().ok_or_else(wrong)?, words.next().ok_or_else(wrong)?.to_lowercase());
        let (from, until) = days.split_once('-').unwrap_or((&days, &days));
        let place = |name: &str| DAYS.iter().position(|day| *day == name).ok_or_else(wrong);
        let (from, until) = (place(from)?, place(until)?);
        let hours: Vec<Opening> =
            words.map(str::parse).collect::<Result<_, _>>().map_err(|error| format!("{error}"))?;
        if hours.is_empty() || from > until {
            return Err(wrong());
        }
        let known = shifts.iter().position(|shift| shift.zone == zone);
        let index = known.unwrap_or_else(|| {
            shifts.push(Shift { zone: zone.to_owned(), week: Week::default() });
            shifts.len() - 1
        });
        for index_of_day in from..=until {
            day(&mut shifts[index].week, index_of_day).extend(&hours);
        }
    }
    Ok(shifts)
}

pub(super) async fn set_rules(
    State(app): State<AppState>,
    Path(licence): Path<String>,
    posted: Posted<Typed>,
) -> PageResult {
    let id: LicenceId = licence.parse().map_err(|_| Refused::NotFound("licence"))?;
    let reader = &posted.reader;
    let detail = app.desk.ask(reader.ctx(), LicenceDetail { licence: id }).await?;
    let mut rules = detail.rules;
    let mut wrong = Wrong::nothing();
    for rule in &LASTING {
        match typed(&posted.form, rule.name).trim() {
            "" => (rule.set)(&mut rules, None),
            text => match text.replace(',', ".").parse::<f64>() {
                Ok(amount) if (0.0..100_000.0).contains(&amount) => {
                    let time = SignedDuration::try_from_secs_f64((amount * rule.unit.as_secs_f64()).round());
                    (rule.set)(&mut rules, time.ok());
                }
                _ => wrong.add(rule.name, t!("Write a number, or leave it empty.")),
            },
        }
    }
    for (name, place) in
        [("overdraft", &mut rules.overdraft), ("borrow_low_water", &mut rules.borrow_low_water)]
    {
        match typed(&posted.form, name).trim().parse() {
            Ok(count) => *place = count,
            Err(_) => wrong.add(name, t!("Write a whole number; 0 for none.")),
        }
    }
    let version = typed(&posted.form, "version").parse().ok();
    let change =
        ChangeLicence { licence: id, version, name: None, quantity: None, term: None, rules: Some(rules) };
    carry_out(&app, posted, id, "rules", wrong, change).await
}

pub(super) async fn share_out(
    State(app): State<AppState>,
    Path(licence): Path<String>,
    posted: Posted<Typed>,
) -> PageResult {
    let id: LicenceId = licence.parse().map_err(|_| Refused::NotFound("licence"))?;
    let groups = app.desk.ask(posted.reader.ctx(), LicenceGroups).await?;
    let mut access = PoolAccess::default();
    let mut wrong = Wrong::nothing();
    let mut count = |what: &str, group: GroupId| match typed(&posted.form, &format!("{what}-{group}")).trim()
    {
        "" => None,
        text => {
            let count = text.parse::<u32>().ok();
            if count.is_none() {
                wrong.add("", t!("Write whole numbers of tokens, or leave the fields empty."));
            }
            count
        }
    };
    for group in groups.iter().map(|group| group.id) {
        if let Some(tokens) = count("kept", group).filter(|tokens| *tokens > 0) {
            let elastic = !typed(&posted.form, &format!("lent-{group}")).is_empty();
            access.reservations.push(Reservation { group, tokens, elastic });
        }
        access.limits.extend(count("most", group).map(|most| GroupLimit { group, most }));
        match typed(&posted.form, &format!("who-{group}")) {
            "include" => access.include.push(group),
            "exclude" => access.exclude.push(group),
            _ => {}
        }
    }
    match shifts(typed(&posted.form, "shifts")) {
        Ok(shifts) => access.shifts = shifts,
        Err(words) => wrong.add("shifts", words),
    }
    let version = typed(&posted.form, "version").parse().ok();
    carry_out(&app, posted, id, "shares", wrong, ShareOut { licence: id, version, access }).await
}

pub(super) async fn set_grace(
    State(app): State<AppState>,
    Path(licence): Path<String>,
    posted: Posted<Typed>,
) -> PageResult {
    let id: LicenceId = licence.parse().map_err(|_| Refused::NotFound("licence"))?;
    let mut wrong = Wrong::nothing();
    let days = typed(&posted.form, "days").trim().parse().unwrap_or_else(|_| {
        wrong.add("days", t!("Write a whole number of days; 0 for none."));
        0
    });
    let version = typed(&posted.form, "version").parse().ok();
    carry_out(&app, posted, id, "grace", wrong, GrantGrace { licence: id, version, days }).await
}

/// Does it and shows the rules as they are then; or shows again what was typed, with what is wrong.
async fn carry_out<C: Command>(
    app: &AppState,
    posted: Posted<Typed>,
    id: LicenceId,
    form: &str,
    mut wrong: Wrong,
    command: C,
) -> PageResult {
    if wrong.is_empty() {
        match app.desk.execute(posted.reader.ctx(), command).await {
            Ok(_) => return Ok(see(&format!("/licences/{id}/rules"))),
            Err(refused) => wrong = Wrong::of(refused)?,
        }
    }
    draw(app, &posted.reader, id, (form, &posted.form, &wrong)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_are_read_as_they_are_written() {
        let text = "Europe/Berlin mon-fri 08:00-12:00 13:00-18:00\nEurope/Berlin sat 09:00-12:00\nAsia/Kolkata mon-sun 00:00-24:00";
        assert_eq!(shifts_text(&shifts(text).unwrap()), text);
        assert_eq!(shifts("").unwrap(), []);
        for wrong in [
            "Europe/Berlin",
            "Europe/Berlin someday 08:00-18:00",
            "UTC fri-mon 08:00-18:00",
            "UTC mon 18:00-08:00",
        ] {
            assert!(shifts(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_length_of_time_is_shown_in_the_unit_of_its_field() {
        assert_eq!(in_units(SignedDuration::from_mins(10), MINUTE), "10");
        assert_eq!(in_units(SignedDuration::from_secs(90), MINUTE), "1.5");
        assert_eq!(in_units(SignedDuration::from_secs(100), MINUTE), "1.6667");
    }
}
