//! Impact × urgency → priority (ITIL 4), with a matrix that every desk may edit.

use serde::{Deserialize, Serialize};

use crate::identity::named;

named! {
    /// How much of the organisation is hurt.
    Impact {
        /// Everybody, or a service that the business stands on.
        High = "high",
        /// A team or a site.
        Medium = "medium",
        /// One person.
        Low = "low",
    }
}

named! {
    /// How soon it hurts.
    Urgency {
        /// Work has stopped.
        High = "high",
        /// Work goes on, with difficulty.
        Medium = "medium",
        /// Work goes on.
        Low = "low",
    }
}

named! {
    /// The order in which tickets are worked; the first is the most pressing.
    Priority {
        /// Critical.
        P1 = "p1",
        /// High.
        P2 = "p2",
        /// Moderate.
        P3 = "p3",
        /// Low.
        P4 = "p4",
        /// Planning.
        P5 = "p5",
    }
}

impl Priority {
    /// The word beside the number.
    pub const fn label(self) -> &'static str {
        match self {
            Self::P1 => "critical",
            Self::P2 => "high",
            Self::P3 => "moderate",
            Self::P4 => "low",
            Self::P5 => "planning",
        }
    }

    /// 1 for the most pressing, 5 for the least: what queues sort by.
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The priority with this number, from 1 to 5.
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::P1,
            2 => Self::P2,
            3 => Self::P3,
            4 => Self::P4,
            5 => Self::P5,
            _ => return None,
        })
    }
}

/// A priority for each pair of impact and urgency. Every pair has one; there is no way to leave one out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorityMatrix {
    /// When impact is high.
    pub high: ByUrgency,
    /// When impact is medium.
    pub medium: ByUrgency,
    /// When impact is low.
    pub low: ByUrgency,
}

/// One row of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByUrgency {
    /// When urgency is high.
    pub high: Priority,
    /// When urgency is medium.
    pub medium: Priority,
    /// When urgency is low.
    pub low: Priority,
}

impl Default for PriorityMatrix {
    /// The 3 × 3 matrix that ITIL publishes as its example.
    fn default() -> Self {
        use Priority::{P1, P2, P3, P4, P5};
        Self {
            high: ByUrgency { high: P1, medium: P2, low: P3 },
            medium: ByUrgency { high: P2, medium: P3, low: P4 },
            low: ByUrgency { high: P3, medium: P4, low: P5 },
        }
    }
}

impl PriorityMatrix {
    /// The priority of this impact and urgency.
    pub const fn priority(&self, impact: Impact, urgency: Urgency) -> Priority {
        let row = match impact {
            Impact::High => &self.high,
            Impact::Medium => &self.medium,
            Impact::Low => &self.low,
        };
        match urgency {
            Urgency::High => row.high,
            Urgency::Medium => row.medium,
            Urgency::Low => row.low,
        }
    }

    /// This matrix with one cell changed.
    #[must_use]
    pub const fn with(mut self, impact: Impact, urgency: Urgency, priority: Priority) -> Self {
        let row = match impact {
            Impact::High => &mut self.high,
            Impact::Medium => &mut self.medium,
            Impact::Low => &mut self.low,
        };
        match urgency {
            Urgency::High => row.high = priority,
            Urgency::Medium => row.medium = priority,
            Urgency::Low => row.low = priority,
        }
        self
    }

    /// Why, in one line: `2 · high because impact is medium and urgency is high`.
    pub fn explain(&self, impact: Impact, urgency: Urgency) -> String {
        let priority = self.priority(impact, urgency);
        format!(
            "{} · {} because impact is {impact} and urgency is {urgency}",
            priority.number(),
            priority.label()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_impact_or_urgency_never_means_less_priority_by_default() {
        let matrix = PriorityMatrix::default();
        for impact in Impact::ALL.windows(2) {
            for urgency in Urgency::ALL.windows(2) {
                let here = matrix.priority(impact[1], urgency[1]);
                assert!(matrix.priority(impact[0], urgency[1]) < here);
                assert!(matrix.priority(impact[1], urgency[0]) < here);
            }
        }
        assert_eq!(matrix.priority(Impact::High, Urgency::High), Priority::P1);
        assert_eq!(matrix.priority(Impact::Low, Urgency::Low), Priority::P5);
    }

    #[test]
    fn a_priority_says_why() {
        let matrix = PriorityMatrix::default();
        assert_eq!(
            matrix.explain(Impact::Medium, Urgency::High),
            "2 · high because impact is medium and urgency is high"
        );
    }

    #[test]
    fn an_edited_cell_is_kept_in_json_and_a_missing_cell_is_refused() {
        let matrix = PriorityMatrix::default().with(Impact::Low, Urgency::High, Priority::P1);
        let json = serde_json::to_string(&matrix).unwrap();
        let read: PriorityMatrix = serde_json::from_str(&json).unwrap();
        assert_eq!(read.priority(Impact::Low, Urgency::High), Priority::P1);
        assert_eq!(read, matrix);
        assert!(serde_json::from_str::<PriorityMatrix>(r#"{"high":{"high":"p1"}}"#).is_err());
    }

    #[test]
    fn priorities_count_from_one() {
        for priority in Priority::ALL {
            assert_eq!(Priority::from_number(priority.number()), Some(*priority));
        }
        assert_eq!(Priority::from_number(0), None);
        assert_eq!(Priority::from_number(6), None);
    }
}
