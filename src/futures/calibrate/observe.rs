//! What telemetry tells of a machine over a span: how long operations, set-ups and repairs took, how
//! long it ran between failures, and how many parts were bad.

use std::collections::BTreeMap;
use std::ops::Range;

use super::family::Sample;
use crate::history::HistoryReader;
use crate::kpi::flow::counted;
use crate::model::process::FailureBasis;
use crate::model::{OperatingState, SignalId, Text, Timestamp, Value};

/// Signals of a machine.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Signals {
    pub state: Option<SignalId>,
    pub produced: Option<SignalId>,
    pub scrapped: Option<SignalId>,
    pub part_type: Option<SignalId>,
    pub content: Option<SignalId>,
}

/// What was observed of a machine.
#[derive(Clone, Debug, Default)]
pub(super) struct Observed {
    /// Operations, pauses left out.
    pub cycles: Sample,
    /// The same by type of part, where that is reported.
    pub by_type: BTreeMap<Text, Sample>,
    pub setups: Sample,
    /// The same by what it was set up from and to, where types are reported.
    pub setups_by: BTreeMap<(Text, Text), Sample>,
    pub repairs: Sample,
    /// Time on the failure clock between repairs and failures.
    pub lives: Sample,
    /// Time on that clock before the first failure: since when it ran nobody knows.
    pub first_life: Option<f64>,
    /// Parts finished, good or bad, and bad ones.
    pub finished: u64,
    pub scrapped: u64,
}

/// A span in one operating state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Phase {
    pub start: Timestamp,
    pub end: Timestamp,
    pub state: OperatingState,
}

pub(super) fn pauses(state: OperatingState) -> bool {
    matches!(
        state,
        OperatingState::Held
            | OperatingState::Stopped
            | OperatingState::Maintenance
            | OperatingState::Idle
    )
}

/// Looks at a machine over a span.
pub(super) fn observe(
    history: &HistoryReader,
    signals: Signals,
    basis: FailureBasis,
    span: &Range<Timestamp>,
) -> Observed {
    let mut observed = Observed::default();
    let phases = phases(history, signals, span);
    let done = hand_overs(history, signals, span);
    let types = types(history, signals, span);
    cycles(&phases, &done, &types, &mut observed);
    setups(&phases, &types, &mut observed);
    failures(&phases, basis, &mut observed);
    let count = |signal: Option<SignalId>| {
        let counter = counted(history, signal?, span, &mut Vec::new());
        counter.map(|count| count.max(0.0) as u64)
    };
    let produced = count(signals.produced).unwrap_or_default();
    observed.scrapped = count(signals.scrapped).unwrap_or_default();
    observed.finished = produced + observed.scrapped;
    observed
}

/// Operating states over a span; what nobody knows stays unknown.
pub(super) fn phases(
    history: &HistoryReader,
    signals: Signals,
    span: &Range<Timestamp>,
) -> Vec<Phase> {
    let Some(state) = signals.state else {
        return Vec::new();
    };
    let mut points = Vec::new();
    history.range(state, span.clone(), &mut points);
    let first = history.latest_at(state, span.start);
    let mut found: Vec<Phase> = Vec::new();
    let mut open = first.map(|point| (span.start, OperatingState::from_value(point.value)));
    let mut close = |open: Option<(Timestamp, OperatingState)>, end: Timestamp| {
        if let Some((start, state)) = open
            && start < end
        {
            match found.last_mut() {
                Some(last) if last.state == state => last.end = end,
                _ => found.push(Phase { start, end, state }),
            }
        }
    };
    for point in &points {
        close(open, point.time);
        open = Some((point.time, OperatingState::from_value(point.value)));
    }
    close(open, span.end);
    bridged(history, signals, found)
}

/// Where nothing was heard, what was known goes on if the counter vouches for it: by what it says next
/// nothing was made meanwhile but the part that was under way.
fn bridged(history: &HistoryReader, signals: Signals, phases: Vec<Phase>) -> Vec<Phase> {
    let mut found: Vec<Phase> = Vec::with_capacity(phases.len());
    for mut phase in phases {
        if phase.state == OperatingState::Unknown
            && let Some(before) = found.last()
            && before.state != OperatingState::Unknown
            && signals
                .produced
                .is_some_and(|counter| is_quiet(history, counter, phase.start))
        {
            phase.state = before.state;
        }
        match found.last_mut() {
            Some(last) if last.state == phase.state => last.end = phase.end,
            _ => found.push(phase),
        }
    }
    found
}

/// What a counter says first after an instant is at most one more than it said before.
fn is_quiet(history: &HistoryReader, counter: SignalId, at: Timestamp) -> bool {
    let (before, after) = history.bracket(counter, at);
    let number = |point: crate::model::Point| point.value.as_f64();
    match (before.and_then(number), after.and_then(number)) {
        (Some(before), Some(after)) => (0.0..=1.0).contains(&(after - before)),
        (_, after) => after.is_none(),
    }
}

/// When parts were handed over or found bad, in order.
pub(super) fn hand_overs(
    history: &HistoryReader,
    signals: Signals,
    span: &Range<Timestamp>,
) -> Vec<Timestamp> {
    let mut times = Vec::new();
    for signal in [signals.produced, signals.scrapped].into_iter().flatten() {
        let mut points = Vec::new();
        history.range(signal, span.clone(), &mut points);
        let number = |point: &crate::model::Point| {
            point.value.as_f64().filter(|_| point.quality.is_usable())
        };
        let before = history.latest_at(signal, span.start);
        let mut last = before.as_ref().and_then(number);
        for point in &points {
            let Some(now) = number(point) else {
                continue;
            };
            if last.is_some_and(|last| last != now) {
                times.push(point.time);
            }
            last = Some(now);
        }
    }
    times.sort_unstable();
    times.dedup();
    times
}

/// Types of the part inside, from when on.
fn types(
    history: &HistoryReader,
    signals: Signals,
    span: &Range<Timestamp>,
) -> Vec<(Timestamp, Text)> {
    let Some(signal) = signals.part_type else {
        return Vec::new();
    };
    let mut points = Vec::new();
    points.extend(history.latest_at(signal, span.start));
    history.range(signal, span.clone(), &mut points);
    let texts = points.iter().filter_map(|point| match point.value {
        Value::Text(text) if text != Text::EMPTY => Some((point.time, text)),
        _ => None,
    });
    texts.collect()
}

/// An operation begins when the machine begins to work, or hands the part before over while it does,
/// and ends when it hands its own part over or ceases to work without being interrupted.
fn cycles(
    phases: &[Phase],
    done: &[Timestamp],
    types: &[(Timestamp, Text)],
    observed: &mut Observed,
) {
    // Seconds of the operation under way, and since when; none: its begin was not seen.
    let mut open: Option<(f64, Timestamp)> = None;
    let add = |secs: f64, began: Timestamp, observed: &mut Observed| {
        if secs <= 0.0 {
            return;
        }
        observed.cycles.complete.push(secs);
        let known = types.partition_point(|(time, _)| *time <= began);
        if let Some((_, part_type)) = known.checked_sub(1).and_then(|at| types.get(at)) {
            let of_type = observed.by_type.entry(*part_type).or_default();
            of_type.complete.push(secs);
        }
    };
    let mut is_interrupted = false;
    for (index, phase) in phases.iter().enumerate() {
        if phase.state == OperatingState::Unknown {
            open = None;
            is_interrupted = true;
            continue;
        }
        if pauses(phase.state) {
            is_interrupted = true;
            continue;
        }
        if phase.state != OperatingState::Execute {
            // An operation that was not over when it was interrupted goes on in `Execute`.
            open = None;
            is_interrupted = false;
            continue;
        }
        if open.is_none() && !is_interrupted && index > 0 {
            open = Some((0.0, phase.start));
        }
        is_interrupted = false;
        let mut cursor = phase.start;
        let from = done.partition_point(|at| *at <= phase.start);
        for at in done.iter().skip(from).take_while(|at| **at < phase.end) {
            if let Some((secs, began)) = open {
                add(secs + at.secs_since(cursor), began, observed);
            }
            cursor = *at;
            open = Some((0.0, *at));
        }
        let next = phases.get(index + 1).map(|next| next.state);
        let rest = phase.end.secs_since(cursor);
        match (next, open) {
            (None, Some((secs, _))) if secs + rest > 0.0 => {
                observed.cycles.censored.push(secs + rest);
            }
            (Some(state), Some((secs, began))) if pauses(state) => {
                open = Some((secs + rest, began));
            }
            (Some(OperatingState::Unknown), _) => open = None,
            (Some(_), Some((secs, began))) => {
                add(secs + rest, began, observed);
                open = None;
            }
            _ => {}
        }
    }
}

/// The type that a machine has been set up for at `t`, and the one before it.
fn fitted(types: &[(Timestamp, Text)], t: Timestamp) -> Option<(Text, Text)> {
    let known = types.get(..types.partition_point(|(time, _)| *time <= t))?;
    let (_, to) = known.last()?;
    let mut before = known.iter().rev().map(|(_, part_type)| part_type);
    let from = before.find(|part_type| *part_type != to)?;
    Some((*from, *to))
}

fn setups(phases: &[Phase], types: &[(Timestamp, Text)], observed: &mut Observed) {
    let mut open: Option<f64> = None;
    for (index, phase) in phases.iter().enumerate() {
        match phase.state {
            OperatingState::Setup => {
                let secs = phase.end.secs_since(phase.start);
                // One that was under way when the span began is not whole.
                open = match (open, index) {
                    (Some(before), _) => Some(before + secs),
                    (None, 0) => None,
                    (None, _) => Some(secs),
                };
            }
            state if pauses(state) => {}
            OperatingState::Unknown => open = None,
            _ => {
                let Some(secs) = open.take() else {
                    continue;
                };
                observed.setups.complete.push(secs);
                if let Some(pair) = fitted(types, phase.start) {
                    let of_pair = observed.setups_by.entry(pair).or_default();
                    of_pair.complete.push(secs);
                }
            }
        }
    }
    observed.setups.censored.extend(open);
}

fn failures(phases: &[Phase], basis: FailureBasis, observed: &mut Observed) {
    let runs = |state: OperatingState| match basis {
        FailureBasis::OperationTime => state == OperatingState::Execute,
        FailureBasis::CalendarTime => true,
    };
    // Since the last repair; before the first one since the span began.
    let mut clock = 0.0;
    let mut is_repaired = false;
    for (index, phase) in phases.iter().enumerate() {
        let secs = phase.end.secs_since(phase.start);
        if phase.state != OperatingState::Held {
            if phase.state == OperatingState::Unknown {
                // Whether it failed meanwhile nobody knows.
                if is_repaired && clock > 0.0 {
                    observed.lives.censored.push(clock);
                }
                (clock, is_repaired) = (0.0, false);
            } else if runs(phase.state) {
                clock += secs;
            }
            continue;
        }
        let next = phases.get(index + 1).map(|next| next.state);
        let is_whole = index > 0 && next.is_some_and(|next| next != OperatingState::Unknown);
        if is_whole {
            observed.repairs.complete.push(secs);
        } else if index > 0 {
            observed.repairs.censored.push(secs);
        }
        if index > 0 {
            if is_repaired {
                observed.lives.complete.push(clock);
            } else if clock > 0.0 {
                observed.first_life = Some(observed.first_life.unwrap_or_default() + clock);
            }
        }
        (clock, is_repaired) = (0.0, true);
    }
    if clock > 0.0 {
        if is_repaired {
            observed.lives.censored.push(clock);
        } else {
            // It has run all the time without a failure.
            observed.first_life = Some(observed.first_life.unwrap_or_default() + clock);
        }
    }
    observed.lives.complete.retain(|secs| *secs > 0.0);
}
