//! [`FreshnessRule`]: whether a point still speaks for an instant. Derived, never stored.

use crate::model::connection::SessionKind;
use crate::model::signal::Reporting;
use crate::model::{
    Cause, Freshness, Plant, Point, Quality, SessionId, SignalId, Timestamp, Value,
};

/// The present life of a session at some instant: when the birth that began it was received, or
/// `None` while it is dead or was never heard of.
///
/// A session's liveness is a derived signal: a true point for each birth (a rebirth begins a new
/// life), a false one for each death, its parents' deaths included.
pub type Life = Option<Timestamp>;

/// The life that the last point of a session's liveness signal tells of, to the millisecond: to which
/// receive times come back from disk, where a birth may be in memory and what it carried is not.
pub fn life(liveness: Option<Point>) -> Life {
    liveness
        .filter(|point| point.value == Value::Boolean(true))
        .map(|point| Timestamp::from_millis(point.receive_time.as_millis()))
}

/// What decides whether a point of one signal is fresh.
///
/// - A Sparkplug node or device gates all its signals, a plain connection those that report by
///   exception: the session must be alive, and the point received during its present life.
/// - A cyclic signal is stale `stale_after` after the effective time of its point.
/// - A retained value whose age nobody knows ([`Cause::UnknownAge`]) is never fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreshnessRule {
    /// Age in nanoseconds at which a point is stale; `i64::MAX`: reported by exception.
    stale_after: i64,
    session: u32,
    gate: Gate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    Open,
    Session,
}

impl FreshnessRule {
    /// The rule of a reported signal; `None` for derived ones and strangers.
    pub fn of(plant: &Plant, id: SignalId) -> Option<Self> {
        let signal = plant.signal(id)?;
        let by_exception = signal.spec.reporting == Reporting::ByException;
        let is_sparkplug = signal
            .session
            .and_then(|session| plant.sessions.get(session.0 as usize))
            .is_some_and(|session| session.kind != SessionKind::Connection);
        Some(Self {
            stale_after: match signal.spec.reporting {
                Reporting::Cyclic { stale_after } => {
                    i64::try_from(stale_after.as_nanos()).unwrap_or(i64::MAX)
                }
                Reporting::ByException => i64::MAX,
            },
            session: signal.session.map_or(u32::MAX, |session| session.0),
            gate: if by_exception || is_sparkplug {
                Gate::Session
            } else {
                Gate::Open
            },
        })
    }

    /// The session whose life matters, if one does. A gated signal without a session is never
    /// fresh: nobody vouches for it.
    pub fn session(&self) -> Option<SessionId> {
        (self.gate == Gate::Session && self.session != u32::MAX).then_some(SessionId(self.session))
    }

    /// Whether a session must be alive.
    pub fn is_gated(&self) -> bool {
        self.gate == Gate::Session
    }

    /// When a point of this effective time goes stale by its age; [`Timestamp::MAX`]: never.
    pub fn expiry(&self, time: Timestamp) -> Timestamp {
        Timestamp::from_nanos(time.as_nanos().saturating_add(self.stale_after))
    }

    /// Freshness at `t` of the last `point` at or before `t`, with the life of its session at `t`.
    pub fn judge(&self, point: &Point, life: Life, t: Timestamp) -> Freshness {
        let received_in_life = life.is_some_and(|since| point.receive_time >= since);
        if (self.is_gated() && !received_in_life)
            || point.quality == Quality::Uncertain(Cause::UnknownAge)
            || t >= self.expiry(point.time)
        {
            Freshness::Stale
        } else {
            Freshness::Fresh
        }
    }
}

/// The signals that each session gates: those of session `s` are
/// `signals[starts[s]..starts[s + 1]]`.
#[derive(Clone, Debug, Default)]
pub struct GatedSignals {
    starts: Vec<u32>,
    signals: Vec<SignalId>,
}

impl GatedSignals {
    /// From the rules of all reported signals, in order of signal.
    pub fn new(rules: &[FreshnessRule], sessions: usize) -> Self {
        let mut pairs: Vec<(u32, u32)> = rules
            .iter()
            .zip(0..)
            .filter_map(|(rule, signal)| Some((rule.session()?.0, signal)))
            .collect();
        pairs.sort_unstable();
        Self {
            starts: (0..=sessions as u32)
                .map(|session| pairs.partition_point(|(of, _)| *of < session) as u32)
                .collect(),
            signals: pairs
                .into_iter()
                .map(|(_, signal)| SignalId(signal))
                .collect(),
        }
    }

    /// Those of one session, in order of signal.
    pub fn of(&self, session: SessionId) -> &[SignalId] {
        let session = session.0 as usize;
        match (self.starts.get(session), self.starts.get(session + 1)) {
            (Some(&from), Some(&to)) => self
                .signals
                .get(from as usize..to as usize)
                .unwrap_or_default(),
            _ => &[],
        }
    }
}
