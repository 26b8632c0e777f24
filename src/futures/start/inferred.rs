//! [`Inferred`]: what of a start nobody reported, and how it was found out.

use std::fmt;

use serde::Serialize;

/// Something that a start says and that nobody has measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inferred {
    /// Path of the equipment, or name of the fleet.
    pub element: String,
    /// What of it.
    pub what: What,
    /// What was taken, for people.
    pub taken: String,
    /// From what, for people.
    pub from: &'static str,
}

/// What of a start can be inferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// How long an operation has been going on.
    Operation,
    /// How long a set-up has been going on.
    Setup,
    /// How long a repair or stop has been going on, and what it is.
    Downtime,
    /// Whether parts are there, or how many.
    Parts,
    /// Where the parts of a conveyor are.
    Positions,
    /// Types of parts.
    Types,
    /// Orders of parts.
    Orders,
    /// Which step of its route a part is at that comes to the element several times.
    Visits,
    /// How long parts have been in the plant.
    Ages,
    /// What a vehicle does and how far it has come.
    Vehicle,
    /// Which order a source works on, and how far it has come.
    Supply,
    /// How long something has run since its last repair.
    Wear,
    /// That what was heard last still holds.
    Silence,
}

impl fmt::Display for Inferred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}, {}", self.element, self.taken, self.from)
    }
}
