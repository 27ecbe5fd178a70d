//! The kind of a ticket and the number people say on the telephone: `INC-1042`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::identity::named;

named! {
    /// What a ticket is about (ITIL 4): something broken, something wanted, or why things break.
    Kind {
        /// An unplanned interruption or loss of quality of a service.
        Incident = "incident",
        /// Something a person is entitled to ask for.
        ServiceRequest = "service_request",
        /// The cause behind incidents, known or not. Its work belongs to [`Module::Problem`](crate::licence::Module).
        Problem = "problem",
    }
}

impl Kind {
    /// The letters before the number.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Incident => "INC",
            Self::ServiceRequest => "REQ",
            Self::Problem => "PRB",
        }
    }

    /// Whether service levels promise its requester anything. Nobody waits for the cause behind an incident: they wait for
    /// the incident.
    pub const fn is_promised(self) -> bool {
        !matches!(self, Self::Problem)
    }

    /// The kind in words, for sentences.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::ServiceRequest => "service request",
            Self::Problem => "problem",
        }
    }
}

/// A ticket's number, counted for each kind on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TicketNumber {
    /// Which count.
    pub kind: Kind,
    /// The place in it, from 1.
    pub number: u64,
}

impl TicketNumber {
    /// The `number`th ticket of `kind`.
    pub const fn new(kind: Kind, number: u64) -> Self {
        Self { kind, number }
    }
}

impl fmt::Display for TicketNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.kind.prefix(), self.number)
    }
}

/// Text that is not a ticket number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a ticket number; ticket numbers look like INC-1042 or REQ-7")]
pub struct InvalidTicketNumber(pub String);

impl FromStr for TicketNumber {
    type Err = InvalidTicketNumber;

    /// Reads what people type: any case, with or without the hyphen, with leading zeros or a `#` before it.
    fn from_str(text: &str) -> Result<Self, InvalidTicketNumber> {
        let invalid = || InvalidTicketNumber(text.chars().take(60).collect());
        let word = text.trim().trim_start_matches('#');
        let (prefix, rest) = word.split_at_checked(3).ok_or_else(invalid)?;
        let kind = Kind::ALL
            .iter()
            .copied()
            .find(|kind| kind.prefix().eq_ignore_ascii_case(prefix))
            .ok_or_else(invalid)?;
        let digits = rest.strip_prefix(['-', ' ']).unwrap_or(rest);
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(invalid());
        }
        let number = digits.parse().map_err(|_| invalid())?;
        if number == 0 {
            return Err(invalid());
        }
        Ok(Self { kind, number })
    }
}

impl Serialize for TicketNumber {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TicketNumber {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_however_people_type_it() {
        let expected = TicketNumber::new(Kind::Incident, 1042);
        for text in ["INC-1042", "inc-1042", "INC1042", " Inc 1042 ", "#INC-1042", "INC-001042"] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        assert_eq!("req-7".parse(), Ok(TicketNumber::new(Kind::ServiceRequest, 7)));
        assert_eq!("prb 12".parse(), Ok(TicketNumber::new(Kind::Problem, 12)));
        assert_eq!(expected.to_string(), "INC-1042");
    }

    #[test]
    fn text_that_is_no_number_says_what_one_looks_like() {
        for text in [
            "",
            "INC",
            "INC-",
            "INC-0",
            "1042",
            "CHG-1",
            "INC--1",
            "INC-+1",
            "INC-1 2",
            "äö",
            "INC-99999999999999999999",
        ] {
            let error = text.parse::<TicketNumber>().unwrap_err();
            assert!(error.to_string().contains("look like INC-1042"), "{text}");
        }
    }

    #[test]
    fn a_number_is_a_string_in_json() {
        let number = TicketNumber::new(Kind::ServiceRequest, 7);
        let json = serde_json::to_string(&number).unwrap();
        assert_eq!(json, "\"REQ-7\"");
        assert_eq!(serde_json::from_str::<TicketNumber>(&json).unwrap(), number);
    }
}
