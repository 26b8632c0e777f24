//! [`SignalNames`]: the stable name of every signal of a plant, as a recording knows it, and what a
//! derived value is called there.
//!
//! | signal | name on disk | value on disk |
//! | --- | --- | --- |
//! | reported | its path: `machining/line1/cnc-03/spindle_speed` | as it was received |
//! | operating state | `machining/line1/cnc-03/#state` | text: `execute`, `held`, … |
//! | health | `machining/line1/cnc-03/#health` | text: `good`, or `failure: high_high: spindle_speed` |
//! | session | `#session/floor[/group/node[/device]]` | boolean |
//!
//! In memory a health is a number that holds the dense id of a signal; such a number means nothing
//! to another revision of the plant, or to another program. So [`SignalNames::stored`] says it in
//! words and [`SignalNames::live`] understands them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::connection::SessionKind;
use crate::model::health::HealthRule;
use crate::model::{
    EquipmentId, Health, HealthStatus, OperatingState, Plant, SessionId, SignalId, Text, Value,
};

/// Names of all signals of a plant, reported and derived, in order of their dense ids.
#[derive(Clone, Debug)]
pub struct SignalNames {
    names: Vec<Arc<str>>,
    by_name: HashMap<Arc<str>, SignalId>,
    /// Reported signals come first.
    reported: usize,
    /// After them two for each of these.
    equipment: Vec<Arc<str>>,
}

/// What a signal stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Reported,
    State,
    Health(EquipmentId),
    Session,
}

impl SignalNames {
    /// Of this plant.
    pub fn of(plant: &Plant) -> Self {
        let count = plant.signal_count();
        let mut names: Vec<Arc<str>> = Vec::with_capacity(count);
        for id in 0..plant.signals.len() as u32 {
            names.push(plant.signal_path(SignalId(id)).into());
        }
        for equipment in &plant.equipment {
            names.push(format!("{}/#state", equipment.path).into());
            names.push(format!("{}/#health", equipment.path).into());
        }
        for id in 0..plant.sessions.len() as u32 {
            names.push(session_name(plant, SessionId(id)).into());
        }
        let mut by_name = HashMap::with_capacity(count);
        for (name, id) in names.iter().zip(0..) {
            by_name.entry(Arc::clone(name)).or_insert(SignalId(id));
        }
        Self {
            names,
            by_name,
            reported: plant.signals.len(),
            equipment: plant
                .equipment
                .iter()
                .map(|equipment| Arc::clone(&equipment.path))
                .collect(),
        }
    }

    /// How many signals there are: [`Plant::signal_count`].
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether the plant has no signals.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The name of a signal; `None` if the plant has no such id.
    pub fn name(&self, id: SignalId) -> Option<&Arc<str>> {
        self.names.get(id.index())
    }

    /// The signal of this name; `None` if this revision of the plant has none.
    pub fn find(&self, name: &str) -> Option<SignalId> {
        self.by_name.get(name).copied()
    }

    /// All names, in order of dense ids.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (SignalId, &Arc<str>)> {
        self.names
            .iter()
            .enumerate()
            .map(|(id, name)| (SignalId(id as u32), name))
    }

    /// Whether the value of this signal is said in other words on disk than in memory.
    #[inline]
    pub fn is_reworded(&self, id: SignalId) -> bool {
        id.index() >= self.reported && matches!(self.sort(id), Sort::State | Sort::Health(_))
    }

    /// A value of this signal as it is written to disk.
    pub fn stored(&self, id: SignalId, value: Value) -> Value {
        match (self.sort(id), value) {
            (Sort::State, Value::Integer(_)) => {
                Value::Text(Text::new(OperatingState::from_value(value).as_str()))
            }
            (Sort::Health(equipment), Value::Integer(_)) => {
                let status = HealthStatus::from_value(value);
                Value::Text(Text::new(&self.health_words(equipment, status)))
            }
            _ => value,
        }
    }

    /// A value of this signal that was read from disk, as the program has it in memory.
    pub fn live(&self, id: SignalId, stored: Value) -> Value {
        match (self.sort(id), stored) {
            (Sort::State, Value::Text(text)) => OperatingState::parse(text.as_str())
                .unwrap_or_default()
                .to_value(),
            (Sort::Health(equipment), Value::Text(text)) => {
                self.health_of(equipment, text.as_str()).to_value()
            }
            _ => stored,
        }
    }

    fn sort(&self, id: SignalId) -> Sort {
        let Some(derived) = id.index().checked_sub(self.reported) else {
            return Sort::Reported;
        };
        if derived >= 2 * self.equipment.len() {
            Sort::Session
        } else if derived.is_multiple_of(2) {
            Sort::State
        } else {
            Sort::Health(EquipmentId(derived as u32 / 2))
        }
    }

    fn health_words(&self, equipment: EquipmentId, status: HealthStatus) -> String {
        let mut words = status.health.as_str().to_owned();
        if status.rule != HealthRule::None || status.signal.is_some() {
            words.push_str(": ");
            words.push_str(status.rule.as_str());
        }
        if let Some(name) = status.signal.and_then(|signal| self.name(signal)) {
            words.push_str(": ");
            let own = self
                .equipment
                .get(equipment.index())
                .and_then(|path| name.strip_prefix(&**path)?.strip_prefix('/'));
            words.push_str(own.unwrap_or(name));
        }
        words
    }

    fn health_of(&self, equipment: EquipmentId, words: &str) -> HealthStatus {
        let mut parts = words.splitn(3, ": ");
        let health = parts.next().and_then(Health::parse).unwrap_or_default();
        let rule = parts.next().and_then(HealthRule::parse).unwrap_or_default();
        let signal = parts.next().and_then(|name| {
            let path = self.equipment.get(equipment.index())?;
            self.find(&format!("{path}/{name}"))
                .or_else(|| self.find(name))
        });
        HealthStatus {
            health,
            rule,
            signal,
        }
    }
}

fn session_name(plant: &Plant, id: SessionId) -> String {
    let Some(session) = plant.sessions.get(id.0 as usize) else {
        return format!("#session/{}", id.0);
    };
    let connection = plant
        .connections
        .get(session.connection as usize)
        .map_or("", |connection| &*connection.id);
    match &session.kind {
        SessionKind::Connection => format!("#session/{connection}"),
        SessionKind::Node { group, node } => format!("#session/{connection}/{group}/{node}"),
        SessionKind::Device {
            group,
            node,
            device,
        } => format!("#session/{connection}/{group}/{node}/{device}"),
    }
}
