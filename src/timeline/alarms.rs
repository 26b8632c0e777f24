//! [`AlarmsThen`]: the alarm list as it was at an instant, from the events that announced it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::history::HistoryReader;
use crate::ingest::ALARMS_SHOWN;
use crate::model::alarm::{Alarm, AlarmCondition, Event, EventKind};
use crate::model::{SignalId, Timestamp};

/// How far back an alarm is looked for, from the beginning of its day (UTC): one that was cleared
/// earlier is not in the list. One that was active is, however old: each day says what stands.
pub const LOOK_BACK: Duration = Duration::from_secs(48 * 3_600);
/// So much beyond the instant is read at once, so that playing on reads rarely.
const AHEAD: Duration = Duration::from_secs(3_600);
/// Events that are as old as this when the instant comes have all arrived.
const ARRIVED: Duration = Duration::from_secs(60);
/// Alarm events between two states that are kept: a step backwards folds at most so many.
const STRIDE: usize = 256;

type Key = (SignalId, AlarmCondition);
type List = BTreeMap<Key, Alarm>;

/// What was announced around an instant, and the list that follows from it.
#[derive(Clone, Debug, Default)]
pub struct AlarmsThen {
    /// Alarm events of `read`, in order of time.
    log: Vec<Event>,
    read: Option<Read>,
    /// The list before the first event of `log`, and before every [`STRIDE`]th.
    kept: Vec<List>,
    at: Option<Timestamp>,
    shown: Arc<[Alarm]>,
}

/// What has been read.
#[derive(Clone, Copy, Debug)]
struct Read {
    from: Timestamp,
    to: Timestamp,
    /// Up to here, everything had arrived.
    arrived: Timestamp,
    /// Events that there were.
    seen: u64,
}

/// Where the events that matter to `t` begin: the same for all instants of a day.
fn begin(t: Timestamp) -> Timestamp {
    const DAY: i64 = 86_400_000_000_000;
    let at = (t - LOOK_BACK).as_nanos();
    Timestamp::from_nanos(at - at.rem_euclid(DAY))
}

fn alarm_of(event: &Event) -> Option<&Alarm> {
    match &event.kind {
        EventKind::AlarmRaised(alarm)
        | EventKind::AlarmCleared(alarm)
        | EventKind::AlarmStanding(alarm) => Some(alarm),
        _ => None,
    }
}

impl AlarmsThen {
    /// The list as it was at `t`, newest first: active alarms and those that had returned. The last
    /// list is given again while nothing has changed.
    pub fn at(&mut self, history: &HistoryReader, t: Timestamp) -> Arc<[Alarm]> {
        let seen = history.events_seen();
        let covers = self.read.is_some_and(|read| {
            read.from == begin(t) && t < read.to && (read.seen == seen || t < read.arrived)
        });
        if !covers {
            self.read(history, t, seen);
            self.at = None;
        }
        if let Some(at) = self.at {
            let [from, to] = [at.min(t), at.max(t)];
            let until = |t| self.log.partition_point(|event| event.time <= t);
            if until(from) == until(to) {
                self.at = Some(t);
                return Arc::clone(&self.shown);
            }
        }
        self.at = Some(t);
        self.shown = self.list(t);
        Arc::clone(&self.shown)
    }

    fn read(&mut self, history: &HistoryReader, t: Timestamp, seen: u64) {
        let (from, to) = (begin(t), t + AHEAD);
        self.read = Some(Read {
            from,
            to,
            arrived: history.end() - ARRIVED,
            seen,
        });
        self.log = history.events(from..to);
        self.log.retain(|event| alarm_of(event).is_some());
        let mut list = long_active(&self.log);
        self.kept = vec![list.clone()];
        for (event, number) in self.log.iter().zip(1..) {
            fold(&mut list, event);
            if number % STRIDE == 0 {
                self.kept.push(list.clone());
            }
        }
    }

    fn list(&self, t: Timestamp) -> Arc<[Alarm]> {
        let count = self.log.partition_point(|event| event.time <= t);
        let kept = count / STRIDE;
        let mut list = self.kept.get(kept).cloned().unwrap_or_default();
        let folded = self.log.get(kept * STRIDE..count).unwrap_or_default();
        folded.iter().for_each(|event| fold(&mut list, event));
        let newest = |alarm: &Alarm| Reverse((alarm.raised, alarm.number));
        let mut alarms: Vec<_> = list.into_values().collect();
        if alarms.len() > ALARMS_SHOWN {
            alarms.sort_unstable_by_key(|alarm| (alarm.cleared.is_some(), newest(alarm)));
            alarms.truncate(ALARMS_SHOWN);
        }
        alarms.sort_unstable_by_key(newest);
        alarms.into()
    }
}

/// Alarms that were active when the log begins: it tells that they stand, or of their end, and not of their beginning.
fn long_active(log: &[Event]) -> List {
    let mut list = List::new();
    let mut told = BTreeSet::new();
    for event in log {
        let Some(alarm) = alarm_of(event) else {
            continue;
        };
        let key = (alarm.signal, alarm.condition);
        let is_older = !matches!(event.kind, EventKind::AlarmRaised(_));
        if told.insert(key) && is_older {
            let active = Alarm {
                cleared: None,
                ..alarm.clone()
            };
            list.insert(key, active);
        }
    }
    list
}

fn fold(list: &mut List, event: &Event) {
    if let Some(alarm) = alarm_of(event) {
        list.insert((alarm.signal, alarm.condition), alarm.clone());
    }
}
