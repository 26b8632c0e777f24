//! [`Plant`]: the whole described system. Immutable once built; a change makes a new revision.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::calendar::Calendar;
use super::connection::{Binding, Connection, Session};
use super::equipment::{Equipment, EquipmentId, Group, GroupId};
use super::flow::{Flow, PartRoute};
use super::kind::EquipmentKind;
use super::process::Resource;
use super::signal::{SessionId, Signal, SignalId};
use super::workpiece::WorkpieceKind;

/// Equipment tree, signals, flow, layout and sources of one plant.
///
/// Signal ids are dense: reported signals are `0..signals.len()`; then each equipment has a derived
/// operating state and a derived health, and each session a derived liveness (a boolean), so that
/// all of them are recorded, replayed and queried like any measured value.
#[derive(Clone, Debug, Default)]
pub struct Plant {
    /// Id: the scene folder's name.
    pub id: Arc<str>,
    /// Name for people.
    pub name: Arc<str>,
    /// The scene file it was read from.
    pub file: PathBuf,
    /// Time zone and shifts.
    pub calendar: Calendar,
    /// Every kind in use.
    pub kinds: Vec<Arc<EquipmentKind>>,
    /// Site, areas and lines; the site is first.
    pub groups: Vec<Group>,
    /// Equipment, in scene order.
    pub equipment: Vec<Equipment>,
    /// Reported signals, in equipment order.
    pub signals: Vec<Signal>,
    /// Material flow.
    pub flows: Vec<Flow>,
    /// Types of parts that have a route of their own.
    pub routes: Vec<PartRoute>,
    /// Operators, tools and crews that equipment shares.
    pub resources: Vec<Resource>,
    /// What parts are drawn as; the first that fits counts.
    pub workpieces: Vec<WorkpieceKind>,
    /// Broker connections.
    pub connections: Vec<Connection>,
    /// Where each bound signal comes from, in order of signal.
    pub bindings: Vec<Binding>,
    /// Connections, Sparkplug nodes and devices whose liveness matters.
    pub sessions: Vec<Session>,
    /// One model of the whole plant, whose nodes equipment may name.
    pub model: Option<PathBuf>,
    /// Incidents and a scripted story for the emulator.
    pub story: super::story::Story,
    by_path: HashMap<Arc<str>, EquipmentId>,
}

impl Plant {
    /// Builds the look-up tables. To be called once, after the lists are filled.
    pub fn index(mut self) -> Self {
        self.by_path = self
            .equipment
            .iter()
            .zip(0..)
            .map(|(equipment, id)| (Arc::clone(&equipment.path), EquipmentId(id)))
            .collect();
        self
    }

    /// The equipment with this path, or with this unique tail of a path (`line1/cnc-03`, `cnc-03`).
    pub fn find(&self, path: &str) -> Option<EquipmentId> {
        if let Some(&id) = self.by_path.get(path) {
            return Some(id);
        }
        let mut matches = self.equipment.iter().zip(0..).filter(|(equipment, _)| {
            equipment
                .path
                .strip_suffix(path)
                .is_some_and(|head| head.ends_with('/'))
        });
        match (matches.next(), matches.next()) {
            (Some((_, id)), None) => Some(EquipmentId(id)),
            _ => None,
        }
    }

    /// The equipment with this id, if it is one of this plant.
    pub fn equipment(&self, id: EquipmentId) -> Option<&Equipment> {
        self.equipment.get(id.index())
    }

    /// The reported signal with this id, if it is one of this plant.
    pub fn signal(&self, id: SignalId) -> Option<&Signal> {
        self.signals.get(id.index())
    }

    /// The group with this id.
    pub fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.get(id.0 as usize)
    }

    /// The signal of `equipment` with this name.
    pub fn signal_named(&self, equipment: EquipmentId, name: &str) -> Option<SignalId> {
        self.equipment(equipment)?.signal_ids().find(|id| {
            self.signal(*id)
                .is_some_and(|signal| &*signal.spec.name == name)
        })
    }

    /// `machining/line1/cnc-03/spindle_speed`: the stable id of a reported signal.
    pub fn signal_path(&self, id: SignalId) -> String {
        match self.signal(id) {
            Some(signal) => match self.equipment(signal.equipment) {
                Some(equipment) => format!("{}/{}", equipment.path, signal.spec.name),
                None => signal.spec.name.to_string(),
            },
            None => format!("#{}", id.0),
        }
    }

    /// Where a signal comes from; `None` when nothing is bound to it.
    pub fn binding(&self, id: SignalId) -> Option<&Binding> {
        let at = self
            .bindings
            .binary_search_by_key(&id, |binding| binding.signal)
            .ok()?;
        self.bindings.get(at)
    }

    /// The derived operating-state signal of an equipment.
    pub fn state_signal(&self, id: EquipmentId) -> SignalId {
        SignalId(self.signals.len() as u32 + 2 * id.0)
    }

    /// The derived health signal of an equipment.
    pub fn health_signal(&self, id: EquipmentId) -> SignalId {
        SignalId(self.signals.len() as u32 + 2 * id.0 + 1)
    }

    /// The derived liveness signal of a session.
    pub fn session_signal(&self, id: SessionId) -> SignalId {
        SignalId((self.signals.len() + 2 * self.equipment.len()) as u32 + id.0)
    }

    /// How many signals there are, reported and derived: the length of per-signal arrays.
    pub fn signal_count(&self) -> usize {
        self.signals.len() + 2 * self.equipment.len() + self.sessions.len()
    }
}
