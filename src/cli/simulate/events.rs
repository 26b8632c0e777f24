//! `--events FILE`: everything that happens in one replication, as CSV, for other tools and for whoever
//! does not believe us.
//!
//! | column | what |
//! | --- | --- |
//! | `time` | RFC 3339, to the nanosecond |
//! | `seconds` | since the simulation began, or since the fork |
//! | `what` | `is` (state and content at the begin), then the names of [`Happening`] in lower case |
//! | `element` | path of the equipment |
//! | `part` | number of the part, unique in the replication |
//! | `part_type` | its type, empty where parts have none |
//! | `to` | the element it moves to or the stop a vehicle goes to; the new state; why it stops |
//! | `value` | content; how long an operation, a way or a repair takes, in seconds; what it is built into |

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;

use crate::model::Timestamp;
use crate::simulation::experiment::Experiment;
use crate::simulation::{ElementId, Happening, Network, Observer, Part, SimTime, Simulation};

const HEAD: [&str; 8] = [
    "time",
    "seconds",
    "what",
    "element",
    "part",
    "part_type",
    "to",
    "value",
];

struct Events<'n, W: Write> {
    out: csv::Writer<W>,
    network: &'n Network,
    begins: Timestamp,
    failed: Option<csv::Error>,
}

/// What stands in the columns behind the element.
#[derive(Default)]
struct Rest<'a> {
    part: Option<Part>,
    to: &'a str,
    value: String,
}

impl<W: Write> Events<'_, W> {
    fn write(&mut self, at: SimTime, what: &str, element: ElementId, rest: &Rest<'_>) {
        if self.failed.is_some() {
            return;
        }
        let nanos = self.begins.as_nanos().saturating_add(at.as_nanos());
        let part_type = rest.part.and_then(|part| {
            let types = &self.network.part_types;
            types.get(part.part_type.0 as usize).map(String::as_str)
        });
        let record = [
            &Timestamp::from_nanos(nanos).to_string(),
            &at.as_secs_f64().to_string(),
            what,
            self.network.name(element),
            &rest
                .part
                .map_or_else(String::new, |part| part.id.to_string()),
            part_type.unwrap_or_default(),
            rest.to,
            &rest.value,
        ];
        self.failed = self.out.write_record(record).err();
    }

    fn begin(&mut self, simulation: &Simulation) {
        for element in simulation.elements() {
            let rest = Rest {
                to: simulation.state(element).as_str(),
                value: simulation.content(element).to_string(),
                part: None,
            };
            self.write(simulation.now(), "is", element, &rest);
        }
    }
}

impl<W: Write> Observer for Events<'_, W> {
    fn observe(&mut self, at: SimTime, happening: Happening) {
        let network = self.network;
        let nothing = Rest::default;
        let of = |part: Part| Rest {
            part: Some(part),
            ..Rest::default()
        };
        let with = |value: String| Rest {
            value,
            ..Rest::default()
        };
        let lasting = |duration: SimTime| with(duration.as_secs_f64().to_string());
        let (what, element, rest) = match happening {
            Happening::Created { element, part } => ("created", element, of(part)),
            Happening::Lost { element, part } => ("lost", element, of(part)),
            Happening::Moved { part, from, to } => {
                let to = network.name(to);
                ("moved", from, Rest { to, ..of(part) })
            }
            Happening::SetupBegan {
                element, duration, ..
            } => ("setup_began", element, lasting(duration)),
            Happening::Started {
                element,
                part,
                duration,
                ..
            } => {
                let part = Some(part);
                (
                    "started",
                    element,
                    Rest {
                        part,
                        ..lasting(duration)
                    },
                )
            }
            Happening::Finished { element, part } => ("finished", element, of(part)),
            Happening::Scrapped {
                element,
                part,
                is_gone,
            } => {
                let to = if is_gone { "nowhere" } else { "rejects" };
                ("scrapped", element, Rest { to, ..of(part) })
            }
            Happening::Consumed {
                element,
                part,
                into,
            } => {
                let value = into.to_string();
                ("consumed", element, Rest { value, ..of(part) })
            }
            Happening::Completed { element, part } => ("completed", element, of(part)),
            Happening::Departed {
                element,
                to_stop,
                duration,
                ..
            } => {
                let to = &to_stop.to_string();
                let rest = Rest {
                    to,
                    ..lasting(duration)
                };
                return self.write(at, "departed", element, &rest);
            }
            Happening::StateChanged { element, to, .. } => {
                let to = to.as_str();
                ("state_changed", element, Rest { to, ..nothing() })
            }
            Happening::ContentChanged { element, content } => {
                ("content_changed", element, with(content.to_string()))
            }
            Happening::Occupied { .. } => return,
            Happening::Failed {
                element, duration, ..
            } => ("failed", element, lasting(duration)),
            Happening::Repaired { element, .. } => ("repaired", element, nothing()),
            Happening::StopBegan { element, cause } | Happening::StopEnded { element, cause } => {
                let what = match happening {
                    Happening::StopBegan { .. } => "stop_began",
                    _ => "stop_ended",
                };
                let to = &format!("{cause:?}").to_lowercase();
                let rest = Rest { to, ..nothing() };
                return self.write(at, what, element, &rest);
            }
        };
        self.write(at, what, element, &rest);
    }
}

/// Simulates one replication again and writes down what happens.
///
/// # Errors
/// When it cannot be simulated, or the file cannot be written.
pub(super) fn write(
    file: &Path,
    experiment: &Experiment,
    index: u64,
    begins: Timestamp,
) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", file.display());
    let out = BufWriter::new(File::create(file).with_context(cannot)?);
    let mut simulation = experiment.simulation(index)?;
    let mut events = Events {
        out: csv::Writer::from_writer(out),
        network: experiment.network(),
        begins,
        failed: None,
    };
    events.out.write_record(HEAD).with_context(cannot)?;
    events.begin(&simulation);
    simulation.run_until(experiment.warm_up + experiment.horizon, &mut events);
    match events.failed {
        Some(error) => Err(error).with_context(cannot),
        None => events.out.flush().with_context(cannot),
    }
}
