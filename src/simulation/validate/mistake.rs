//! What can be wrong with a network.

use thiserror::Error;

use crate::simulation::calendar::MAX_SLOTS;

/// One mistake in a network. All can be mended in the description.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum NetworkError {
    /// Nothing to simulate.
    #[error("the network has no elements")]
    Empty,
    /// More elements, servers, vehicles and failure modes than one calendar holds.
    #[error("{count} servers, vehicles and failure modes are more than the {MAX_SLOTS} possible")]
    TooLarge {
        /// How many events could be pending at the same time.
        count: u64,
    },
    /// Two elements with one name; names address random streams.
    #[error("two elements have the same name: rename one `{element}`")]
    DuplicateName {
        /// The name.
        element: String,
    },
    /// An element is mentioned that does not exist.
    #[error("{what} names element number {id}, which does not exist, at `{element}`")]
    UnknownElement {
        /// Who mentions it.
        element: String,
        /// Where.
        what: &'static str,
        /// The number mentioned.
        id: u32,
    },
    /// A type of part is mentioned that does not exist.
    #[error("{what} names part type number {part_type}, which does not exist, at `{element}`")]
    UnknownPartType {
        /// Who mentions it.
        element: String,
        /// Where.
        what: &'static str,
        /// The number mentioned.
        part_type: u32,
    },
    /// A shift calendar is mentioned that does not exist.
    #[error("shift calendar number {shift} does not exist, at `{element}`")]
    UnknownShift {
        /// Who mentions it.
        element: String,
        /// The number mentioned.
        shift: u32,
    },
    /// A link that cannot be.
    #[error("the link from `{from}` to `{to}` {problem}")]
    BadLink {
        /// Giver.
        from: String,
        /// Taker.
        to: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Parts cannot leave.
    #[error(
        "no link leads out of `{element}` for good parts: link it to the next element or a sink"
    )]
    NoOutlet {
        /// The element.
        element: String,
    },
    /// Parts cannot come in.
    #[error("no link leads into `{element}`: link a source or another element to it")]
    NoInlet {
        /// The element.
        element: String,
    },
    /// Several outlets and no rule.
    #[error("{outlets} links lead out of `{element}`: say by which routing parts choose")]
    RoutingMissing {
        /// The element.
        element: String,
        /// How many outlets it has.
        outlets: usize,
    },
    /// A number that makes no sense there.
    #[error("{what} must be {rule}, not {value}, at `{element}`")]
    BadNumber {
        /// The element.
        element: String,
        /// The parameter.
        what: &'static str,
        /// What it must be.
        rule: &'static str,
        /// What it is.
        value: f64,
    },
    /// Parameters that exclude or lack each other.
    #[error("{problem}, at `{element}`")]
    Inconsistent {
        /// The element.
        element: String,
        /// What is wrong and how to mend it.
        problem: &'static str,
    },
    /// Windows of a shift calendar that overlap, run backwards, or do not fit into its period.
    #[error(
        "shift calendar number {shift}: windows must lie one after the other, each with its end \
         after its begin, and within the period"
    )]
    BadShift {
        /// Its number.
        shift: u32,
    },
    /// A route of a part type that parts cannot take.
    #[error("the route of part type `{part_type}` {problem}{}", at_end(.at))]
    BadRoute {
        /// The type.
        part_type: String,
        /// What is wrong with it.
        problem: &'static str,
        /// Where; may be empty.
        at: String,
    },
    /// A resource that cannot be.
    #[error("resource `{resource}`: {problem}")]
    BadResource {
        /// Its name.
        resource: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Endlessly many parts would appear at one instant.
    #[error(
        "`{element}` would bring forth parts without end at one instant: give it an interval, a limit, or a next element that takes time"
    )]
    EndlessSource {
        /// The source.
        element: String,
    },
    /// Buffers that hand parts around in a circle take no time.
    #[error(
        "a loop of buffers only, through `{element}`, would turn parts around without end: put a station or conveyor into it"
    )]
    TimelessLoop {
        /// One of the buffers.
        element: String,
    },
}

/// A network that cannot be simulated, with all its mistakes.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("the network has {} mistake{}: {}", .mistakes.len(), if .mistakes.len() == 1 { "" } else { "s" }, join(.mistakes))]
pub struct InvalidNetwork {
    /// What is wrong, in the order of the elements.
    pub mistakes: Vec<NetworkError>,
}

/// `, at …`, when there is a place.
fn at_end(at: &str) -> String {
    if at.is_empty() {
        String::new()
    } else {
        format!(", at `{at}`")
    }
}

fn join(mistakes: &[NetworkError]) -> String {
    let texts: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    texts.join("; ")
}
