//! [`AlarmBook`]: what was announced, counted, with the first-out of each line, bounded.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::alarm::{Alarm, AlarmCondition};
use crate::model::signal::Priority;
use crate::model::{EquipmentId, GroupId, SignalId, Timestamp, Value};

/// Alarms that the live list shows at most.
pub const SHOWN: usize = 1_000;
/// Alarms that are remembered at most; beyond, the oldest returned ones are forgotten, then the
/// oldest of the least urgent.
const KEPT: usize = 10_000;

/// What is raised.
#[derive(Clone, Copy, Debug)]
pub struct Raise {
    /// Whose.
    pub equipment: EquipmentId,
    /// Its line: the scope of first-out.
    pub group: GroupId,
    /// The signal it is about.
    pub signal: SignalId,
    /// What went wrong.
    pub condition: AlarmCondition,
    /// Urgency.
    pub priority: Priority,
    /// When.
    pub at: Timestamp,
    /// Value at which it is raised.
    pub value: Value,
    /// The limit passed.
    pub limit: Option<f64>,
}

/// Every alarm that is active or was lately. One alarm per signal and condition, counted when it
/// comes again: an alarm that chatters fills neither the list nor the memory.
#[derive(Debug)]
pub struct AlarmBook {
    alarms: BTreeMap<(SignalId, AlarmCondition), (GroupId, Alarm)>,
    /// Active alarms of each line that may be its first-out.
    active: Vec<u32>,
    last_number: u64,
    forgotten: u64,
    is_changed: bool,
}

/// A silent or bad sensor tells nothing about the cause of a stop.
fn can_be_first(condition: AlarmCondition) -> bool {
    !matches!(condition, AlarmCondition::SensorBad | AlarmCondition::Stale)
}

impl AlarmBook {
    /// Nothing announced, for a plant of this many groups.
    pub fn new(groups: usize) -> Self {
        Self {
            alarms: BTreeMap::new(),
            active: vec![0; groups],
            last_number: 0,
            forgotten: 0,
            is_changed: false,
        }
    }

    /// Raises an alarm; `None` when it is active already.
    pub fn raise(&mut self, raise: Raise) -> Option<Alarm> {
        let key = (raise.signal, raise.condition);
        let before = match self.alarms.get(&key) {
            Some((_, alarm)) if alarm.cleared.is_none() => return None,
            Some((_, alarm)) => Some((alarm.number, alarm.count)),
            None => None,
        };
        let active = self.active.get_mut(raise.group.0 as usize);
        let mut is_first_out = false;
        if can_be_first(raise.condition)
            && let Some(active) = active
        {
            is_first_out = *active == 0;
            *active += 1;
        }
        let (number, count) = before.unwrap_or_else(|| {
            self.last_number += 1;
            (self.last_number, 0)
        });
        let alarm = Alarm {
            number,
            equipment: raise.equipment,
            signal: raise.signal,
            condition: raise.condition,
            priority: raise.priority,
            raised: raise.at,
            cleared: None,
            value: raise.value,
            limit: raise.limit,
            count: count.saturating_add(1),
            is_first_out,
        };
        self.alarms.insert(key, (raise.group, alarm.clone()));
        self.is_changed = true;
        if self.alarms.len() > KEPT {
            self.forget();
        }
        Some(alarm)
    }

    /// The condition returned to normal; `None` when it was not active.
    pub fn clear(
        &mut self,
        signal: SignalId,
        condition: AlarmCondition,
        at: Timestamp,
    ) -> Option<Alarm> {
        let (group, alarm) = self.alarms.get_mut(&(signal, condition))?;
        if alarm.cleared.is_some() {
            return None;
        }
        alarm.cleared = Some(at.max(alarm.raised));
        if can_be_first(condition)
            && let Some(active) = self.active.get_mut(group.0 as usize)
        {
            *active = active.saturating_sub(1);
        }
        self.is_changed = true;
        Some(alarm.clone())
    }

    /// The alarms that are active and were raised before `t`, in order of signal.
    pub fn standing(&self, t: Timestamp) -> impl Iterator<Item = &Alarm> {
        let alarms = self.alarms.values().map(|(_, alarm)| alarm);
        alarms.filter(move |alarm| alarm.cleared.is_none() && alarm.raised < t)
    }

    /// Forgets the tenth that matters least, so that a flood pays for the search rarely.
    fn forget(&mut self) {
        let mut order: Vec<_> = self
            .alarms
            .iter()
            .map(|(key, (_, alarm))| {
                let rank = (alarm.cleared.is_none(), alarm.priority, alarm.raised);
                (rank, *key)
            })
            .collect();
        order.sort_unstable();
        order.truncate(KEPT / 10);
        for (_, key) in order {
            let Some((group, alarm)) = self.alarms.remove(&key) else {
                continue;
            };
            self.forgotten += 1;
            if alarm.cleared.is_none()
                && can_be_first(alarm.condition)
                && let Some(active) = self.active.get_mut(group.0 as usize)
            {
                *active = active.saturating_sub(1);
            }
        }
    }

    /// Alarms forgotten because there were too many.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Whether [`AlarmBook::take_list`] has a new list.
    pub fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// The list for the screen if it changed since the last call: newest first, at most [`SHOWN`];
    /// when there are more, active ones come before returned ones.
    pub fn take_list(&mut self) -> Option<Arc<[Alarm]>> {
        if !std::mem::take(&mut self.is_changed) {
            return None;
        }
        let mut list: Vec<_> = self.alarms.values().map(|(_, alarm)| alarm).collect();
        let newest = |alarm: &&Alarm| std::cmp::Reverse((alarm.raised, alarm.number));
        if list.len() > SHOWN {
            list.sort_unstable_by_key(|alarm| (alarm.cleared.is_some(), newest(alarm)));
            list.truncate(SHOWN);
        }
        list.sort_unstable_by_key(newest);
        Some(list.into_iter().cloned().collect())
    }
}
