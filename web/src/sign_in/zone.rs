//! The choice of a time zone.

use std::sync::LazyLock;

use maud::Markup;

use crate::{
    ui::{self, Field, Input},
    words::t,
};

/// The zones that people live in, by their IANA names (RFC 6557); UTC first.
static ZONES: LazyLock<Vec<String>> = LazyLock::new(|| {
    const CONTINENTS: [&str; 10] = [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ];
    let lived_in = |name: &String| name.split_once('/').is_some_and(|(first, _)| CONTINENTS.contains(&first));
    let mut zones: Vec<String> =
        jiff::tz::db().available().map(|name| name.as_str().to_owned()).filter(lived_in).collect();
    zones.sort_unstable();
    zones.insert(0, "UTC".to_owned());
    zones
});

/// A field that chooses a time zone.
pub(crate) fn zone_field(label: &str, value: &str, error: Option<&str>) -> Markup {
    let choices: Vec<(&str, &str)> = ZONES.iter().map(|zone| (zone.as_str(), zone.as_str())).collect();
    ui::field(&Field {
        input: Input::Choice(&choices),
        value: if value.is_empty() { "UTC" } else { value },
        hint: t!("Times are shown in it."),
        error,
        ..Field::new("zone", label)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_a_zone_and_each_is_there_once() {
        assert!(ZONES.len() > 100, "{}", ZONES.len());
        assert!(ZONES.iter().all(|zone| jiff::tz::TimeZone::get(zone).is_ok()));
        assert!(ZONES.windows(2).skip(1).all(|pair| pair[0] < pair[1]));
    }
}
