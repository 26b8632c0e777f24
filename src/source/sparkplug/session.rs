//! The lives of sessions: the edge nodes and devices of one connection, from birth to death.
//!
//! What makes a session alive, and what its values are worth:
//!
//! - **A birth** begins a life at its receipt. It names the metrics, their aliases and data types;
//!   a node's birth ends the lives of its devices until their own births.
//! - **A node's death** ends its life and those of its devices at its receipt, unless its bdSeq is
//!   that of an older birth. One of a *later* birth is believed: whoever dies a later death is dead
//!   (pysparkplug says goodbye with the bdSeq of the connection to come). **A device's death** ends its life at the payload's time, which is kept
//!   between the device's last message and the receipt.
//! - **Losing the broker** ends all lives: nobody knows what happens meanwhile. A node whose first
//!   message afterwards continues the sequence goes on as before. One that does not may have been
//!   born again unnoticed: it lives, for it sends, but what its old aliases say is Uncertain.
//! - **A node whose birth was never seen** lives once it sends, and what it sends by name and data
//!   type is used; aliases mean nothing yet.
//! - **The dead** come alive by births only.
//! - **A gap in the sequence** is counted; values after it are used. Messages of one TCP connection
//!   cannot overtake each other, so nothing waits to be reordered.
//!
//! Retained messages are never lawful: a retained birth teaches names and aliases and no more.
//!
//! Source: Sparkplug 3.0.0 §5 and §6; tests name the statements of the specification they hold.

use std::time::Duration;

use super::decoder::{Decoder, Route};
use super::deliver::{
    Context, Kind, emit, emit_data, list_metric, list_unmapped, reject_unknown, tell,
};
use super::host;
use super::scope::{Found, Life, time_of};
use super::topic::{MessageKind, Origin};
use super::wire::{Metric, Metrics, RawValue};
use crate::model::connection::Rebirth;
use crate::model::{Cause, Quality, Timestamp};
use crate::source::Intake;
use crate::source::status::RejectCause;

/// An edge node gets no second rebirth request within this time.
pub const REBIRTH_PAUSE: Duration = Duration::from_secs(10);

impl Decoder {
    pub(super) fn take(&mut self, route: Route, context: &mut Context<'_, '_>) {
        if context.message.retained {
            self.take_retained(route, context);
            return;
        }
        match route.kind {
            MessageKind::NodeBirth => self.node_birth(route.node(), context),
            MessageKind::NodeDeath => self.node_death(route.node(), context),
            MessageKind::NodeData => {
                self.follow(route, context);
                self.data(route, context);
            }
            MessageKind::DeviceBirth => {
                self.follow(route, context);
                self.device_birth(route, context);
            }
            MessageKind::DeviceData => {
                self.follow(route, context);
                self.data(route, context);
            }
            MessageKind::DeviceDeath => {
                self.follow(route, context);
                self.device_death(route, context);
            }
        }
    }

    /// A birth that was kept from an earlier time teaches; it says nothing of now.
    fn take_retained(&mut self, route: Route, context: &mut Context<'_, '_>) {
        match route.kind {
            MessageKind::NodeBirth | MessageKind::DeviceBirth => {
                let scope = route.scope().and_then(|at| self.scopes.get_mut(at));
                if let Some(scope) = scope.filter(|scope| !scope.life.is_alive()) {
                    scope.forget();
                    for metric in Metrics::of(context.message.payload).flatten() {
                        scope.learn(&metric, |_| {});
                    }
                    if scope.life == Life::Unheard {
                        scope.life = Life::Lost;
                    }
                }
            }
            MessageKind::NodeDeath | MessageKind::DeviceDeath => {
                context.reject(RejectCause::StaleDeath, format_args!("a retained death"));
            }
            MessageKind::NodeData | MessageKind::DeviceData => {
                let what = format_args!("retained data, which Sparkplug forbids");
                context.reject(RejectCause::Malformed, what);
            }
        }
    }

    /// Checks the sequence and that the node was born, before a message of it is used.
    #[inline]
    fn follow(&mut self, route: Route, context: &mut Context<'_, '_>) {
        let Some(own) = self.scopes.get_mut(route.own()) else {
            return;
        };
        let expected = own.next_seq;
        let seq = context.head.seq.and_then(|seq| u8::try_from(seq).ok());
        own.next_seq = seq.map(|seq| seq.wrapping_add(1)).or(expected);
        let is_next = seq.is_some() && seq == expected;
        let life = own.life;
        if !(is_next && life == Life::Born) {
            self.follow_slow(route.node(), life, seq, expected, context);
        }
    }

    /// As [`Decoder::follow`], for everything but the next message of a node that was born.
    #[cold]
    fn follow_slow(
        &mut self,
        at: usize,
        life: Life,
        seq: Option<u8>,
        expected: Option<u8>,
        context: &mut Context<'_, '_>,
    ) {
        let is_next = seq.is_some() && seq == expected;
        match (seq, expected) {
            (None, _) => {
                let what = format_args!("no sequence number of 0 to 255");
                context.reject(RejectCause::Malformed, what);
            }
            (Some(seq), Some(expected))
                if seq != expected && matches!(life, Life::Born | Life::Unconfirmed) =>
            {
                let what = format_args!("sequence number {seq} where {expected} comes next");
                context.reject(RejectCause::SequenceGap, what);
            }
            _ => {}
        }
        match life {
            Life::Born if seq.is_none() || expected.is_none() => return,
            Life::Born => {}
            // Nothing was missed, so nothing has changed since the connection was lost. (Another
            // birth could hit the same number by chance, one time in 256.)
            Life::Lost if is_next => {
                self.resume(at, context);
                return;
            }
            Life::Lost | Life::Unheard => {
                let what = format_args!("its birth was missed; until the next one only {WHAT}");
                context.reject(RejectCause::DataBeforeBirth, what);
                if let Some(node) = self.nodes.get(at) {
                    self.revive(node.scope, Life::Unconfirmed, context);
                }
            }
            Life::Unconfirmed => {
                let what = format_args!("its birth was missed; until the next one only {WHAT}");
                context.reject(RejectCause::DataBeforeBirth, what);
            }
            Life::Dead => {
                let what = format_args!("the node is dead and was not born again");
                context.reject(RejectCause::DataBeforeBirth, what);
            }
        }
        self.ask_rebirth(at, context);
    }

    /// A node goes on after our own connection was lost, and its devices with it.
    fn resume(&mut self, at: usize, context: &mut Context<'_, '_>) {
        let Some(node) = self.nodes.get(at) else {
            return;
        };
        let own = std::iter::once(node.scope);
        let lost: Vec<usize> = own
            .chain(node.devices.iter().copied())
            .filter(|&at| {
                self.scopes
                    .get(at)
                    .is_some_and(|scope| scope.life == Life::Lost)
            })
            .collect();
        for scope in lost {
            self.revive(scope, Life::Born, context);
        }
    }

    fn revive(&mut self, scope: usize, life: Life, context: &mut Context<'_, '_>) {
        if let Some(scope) = self.scopes.get_mut(scope) {
            scope.life = life;
            scope.last_heard = context.message.receive_time;
            if let Some(session) = scope.session() {
                let time = context.message.receive_time;
                context.intake.liveness(session, true, time);
            }
        }
    }

    fn end(&mut self, scope: usize, life: Life, time: Timestamp, intake: &mut Intake) {
        if let Some(scope) = self.scopes.get_mut(scope) {
            if scope.life.is_alive()
                && let Some(session) = scope.session()
            {
                intake.liveness(session, false, time);
            }
            scope.life = life;
            if life == Life::Dead {
                scope.forget();
            }
        }
    }

    fn ask_rebirth(&mut self, at: usize, context: &mut Context<'_, '_>) {
        let now = context.message.receive_time;
        let Some(node) = self.nodes.get_mut(at) else {
            return;
        };
        let is_due = node
            .rebirth_asked
            .is_none_or(|asked| now.saturating_since(asked) >= REBIRTH_PAUSE);
        if node.rebirth == Rebirth::OnGap && is_due {
            node.rebirth_asked = Some(now);
            let origin = Origin {
                group: &node.group,
                node: &node.id,
                device: None,
            };
            context.requests.push(host::rebirth(origin, now));
        }
    }

    fn node_birth(&mut self, at: usize, context: &mut Context<'_, '_>) {
        let seq = context.head.seq.and_then(|seq| u8::try_from(seq).ok());
        let bd_seq = bd_seq(context.message.payload);
        if seq.is_none() {
            let what = format_args!("a birth without a sequence number of 0 to 255");
            context.reject(RejectCause::Malformed, what);
        }
        if bd_seq.is_none() {
            let what = format_args!("a birth without bdSeq: any death will be taken for its own");
            context.reject(RejectCause::Malformed, what);
        }
        let Some(node) = self.nodes.get_mut(at) else {
            return;
        };
        node.bd_seq = bd_seq;
        node.rebirth_asked = None;
        let own = node.scope;
        let devices = std::mem::take(&mut node.devices);
        if let Some(own) = self.scopes.get_mut(own) {
            own.next_seq = seq.map(|seq| seq.wrapping_add(1));
        }
        let now = context.message.receive_time;
        for &device in &devices {
            self.end(device, Life::Dead, now, context.intake);
        }
        if let Some(node) = self.nodes.get_mut(at) {
            node.devices = devices;
        }
        self.be_born(own, context);
    }

    fn device_birth(&mut self, route: Route, context: &mut Context<'_, '_>) {
        match route.scope() {
            Some(scope) if self.is_alive(route.node()) => self.be_born(scope, context),
            // The node is dead: its devices cannot live, but what is named can be read.
            Some(_) => self.data(route, context),
            None => list_unmapped(context.topic, context.message, context.intake),
        }
    }

    fn is_alive(&self, node: usize) -> bool {
        let scope = self.nodes.get(node).map(|node| node.scope);
        scope
            .and_then(|at| self.scopes.get(at))
            .is_some_and(|scope| scope.life.is_alive())
    }

    /// Begins a life: learns the metrics and takes their values.
    fn be_born(&mut self, at: usize, context: &mut Context<'_, '_>) {
        self.revive(at, Life::Born, context);
        let Some(scope) = self.scopes.get_mut(at) else {
            return;
        };
        scope.forget();
        for metric in Metrics::of(context.message.payload) {
            let metric = match metric {
                Ok(metric) => metric,
                Err(error) => {
                    context.reject(RejectCause::Malformed, format_args!("metric {error}"));
                    continue;
                }
            };
            match scope.learn(&metric, |lesson| tell(lesson, &metric, context)) {
                Found::Slot(slot) => {
                    emit(scope, slot, &metric, Quality::Good, Kind::Birth, context)
                }
                Found::Unbound => list_metric(&metric, context),
                Found::Unknown => {}
            }
        }
    }

    fn node_death(&mut self, at: usize, context: &mut Context<'_, '_>) {
        let Some(node) = self.nodes.get_mut(at) else {
            return;
        };
        let own = node.scope;
        let Some(life) = self.scopes.get(own).map(|scope| scope.life) else {
            return;
        };
        let died = bd_seq(context.message.payload);
        if let (Life::Born, Some(born), Some(died)) = (life, node.bd_seq, died)
            && is_older(died, born)
        {
            let what = format_args!("bdSeq {died} is older than {born} of the present birth");
            context.reject(RejectCause::StaleDeath, what);
            return;
        }
        // Of a node whose birth was missed nobody knows whether this is its own death or that of an
        // older life; if it sends again, it lives.
        let after = match life {
            Life::Born | Life::Dead => Life::Dead,
            Life::Unheard | Life::Lost | Life::Unconfirmed => Life::Unheard,
        };
        let devices = std::mem::take(&mut node.devices);
        let now = context.message.receive_time;
        for &device in &devices {
            self.end(device, after, now, context.intake);
        }
        self.end(own, after, now, context.intake);
        if let Some(node) = self.nodes.get_mut(at) {
            node.devices = devices;
        }
    }

    fn device_death(&mut self, route: Route, context: &mut Context<'_, '_>) {
        let Some((at, scope)) = route
            .scope()
            .and_then(|at| Some((at, self.scopes.get(at)?)))
        else {
            return;
        };
        let now = context.message.receive_time;
        let time = context.head.timestamp.map_or(now, time_of);
        let time = time.max(scope.last_heard).min(now);
        self.end(at, Life::Dead, time, context.intake);
    }

    /// The connection to the broker is gone: nobody knows who lives.
    pub fn connection_lost(&mut self, now: Timestamp, intake: &mut Intake) {
        for at in 0..self.scopes.len() {
            let after = match self.scopes.get(at).map(|scope| scope.life) {
                Some(Life::Born) => Life::Lost,
                Some(Life::Unconfirmed) => Life::Unheard,
                Some(other) => other,
                None => return,
            };
            self.end(at, after, now, intake);
        }
        for node in &mut self.nodes {
            node.rebirth_asked = None;
        }
    }

    /// Takes the values of a data message.
    #[inline]
    fn data(&mut self, route: Route, context: &mut Context<'_, '_>) {
        let Some((at, life)) = route
            .scope()
            .and_then(|at| Some((at, self.scopes.get(at)?.life)))
        else {
            context.intake.unmapped(
                context.topic,
                "",
                context.message.payload,
                context.message.receive_time,
            );
            return;
        };
        let life = if life == Life::Born {
            life
        } else {
            self.data_of_unborn(route.node(), at, life, context)
        };
        let Some(scope) = self.scopes.get_mut(at) else {
            return;
        };
        scope.last_heard = context.message.receive_time;
        let mut metrics = Metrics::of(context.message.payload);
        let mut metric = Metric::default();
        while let Some(read) = metrics.next_into(&mut metric) {
            if let Err(error) = read {
                context.reject(RejectCause::Malformed, format_args!("metric {error}"));
                continue;
            }
            match scope.find(&metric) {
                Found::Slot(slot) => {
                    // A name means the same in every life, an alias in its own only.
                    let doubt = if life == Life::Born || metric.name.is_some() {
                        Quality::Good
                    } else {
                        Quality::Uncertain(Cause::BirthMissed)
                    };
                    emit_data(scope, slot, &metric, doubt, context);
                }
                Found::Unbound if life == Life::Born => {}
                Found::Unbound => list_metric(&metric, context),
                Found::Unknown => reject_unknown(&metric, life, context),
            }
        }
    }

    /// Data of a node or device that is not known to be born: what life it has by that.
    #[cold]
    fn data_of_unborn(
        &mut self,
        node: usize,
        at: usize,
        life: Life,
        context: &mut Context<'_, '_>,
    ) -> Life {
        match life {
            Life::Unheard | Life::Lost if self.is_alive(node) => {
                self.revive(at, Life::Unconfirmed, context);
                Life::Unconfirmed
            }
            Life::Dead if self.is_alive(node) => {
                let what =
                    format_args!("the device was not born since its node's birth or its death");
                context.reject(RejectCause::DataBeforeBirth, what);
                self.ask_rebirth(node, context);
                life
            }
            _ => life,
        }
    }
}

/// What can be used of a node whose birth was missed.
const WHAT: &str = "values with a name and data type are known for certain";

/// Whether a death's bdSeq is that of a birth before this one. Numbers below 256 may have wrapped.
fn is_older(died: u64, born: u64) -> bool {
    match (u8::try_from(died), u8::try_from(born)) {
        (Ok(died), Ok(born)) => (1..128).contains(&born.wrapping_sub(died)),
        _ => died < born,
    }
}

/// The bdSeq of a birth or death: the number that ties one to the other.
fn bd_seq(payload: &[u8]) -> Option<u64> {
    let metric = Metrics::of(payload)
        .flatten()
        .find(|metric| metric.name == Some(b"bdSeq"))?;
    match metric.value? {
        RawValue::Int(value) | RawValue::Long(value) => Some(value),
        _ => None,
    }
}
