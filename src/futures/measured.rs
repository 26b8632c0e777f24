//! What really happened after a fork, as far as it is known: to be held against what was foreseen.

use std::time::Duration;

use super::start::lead_times;
use super::{Futures, Track, sinks};
use crate::history::HistoryReader;
use crate::model::signal::SignalRole;
use crate::model::{SignalId, Timestamp};

impl Futures {
    /// A track as it was recorded, at the instants of the grid up to `now`. Nothing of one that is not
    /// measured.
    #[must_use]
    pub fn measured(
        &self,
        track: &Track,
        history: &HistoryReader,
        now: Timestamp,
    ) -> Vec<(Timestamp, f64)> {
        if *track == Track::LeadTime {
            return self.lead_times(history, now.min(history.end()));
        }
        let counters: Vec<SignalId> = match track {
            Track::Completed | Track::Throughput => sinks(&self.plant, &self.network).collect(),
            Track::Content(path) => self.content_signal(path).into_iter().collect(),
            Track::Parts | Track::LeadTime => Vec::new(),
        };
        if counters.is_empty() {
            return Vec::new();
        }
        let known = now.min(history.end());
        let sum = |t: Timestamp| -> Option<f64> {
            let values = counters
                .iter()
                .map(|id| history.latest_at(*id, t)?.value.as_f64());
            values.sum()
        };
        let window = self.window.as_secs_f64();
        let times = (0..self.grid.len()).map(|point| self.time(self.grid.time(point)));
        times
            .take_while(|time| *time <= known)
            .filter_map(|time| {
                let value = match track {
                    Track::Completed => sum(time)? - sum(self.at)?,
                    Track::Throughput => {
                        let begins = history.span().map_or(self.at, |span| span.start);
                        let from = (time - Duration::from_secs_f64(window)).max(begins);
                        let hours = time.secs_since(from) / 3_600.0;
                        (hours > 0.0).then_some((sum(time)? - sum(from)?) / hours)?
                    }
                    Track::Content(_) | Track::Parts | Track::LeadTime => sum(time)?,
                };
                Some((time, value))
            })
            .collect()
    }

    /// Mean lead times of what left within the window, since the fork.
    fn lead_times(&self, history: &HistoryReader, known: Timestamp) -> Vec<(Timestamp, f64)> {
        if !self.knows_ages || known <= self.at {
            return Vec::new();
        }
        let end = known + Duration::from_nanos(1);
        let leads = lead_times(&self.plant, &self.network, history, self.at..end);
        let window = Duration::from_secs_f64(self.window.as_secs_f64());
        let times = (0..self.grid.len()).map(|point| self.time(self.grid.time(point)));
        times
            .take_while(|time| *time <= known)
            .filter_map(|time| {
                let from = leads.partition_point(|(left, _)| *left + window <= time);
                let to = leads.partition_point(|(left, _)| *left <= time);
                let within = leads.get(from..to).filter(|within| !within.is_empty())?;
                let sum: f64 = within.iter().map(|(_, secs)| secs).sum();
                Some((time, sum / within.len() as f64))
            })
            .collect()
    }

    fn content_signal(&self, path: &str) -> Option<SignalId> {
        let equipment = self.plant.equipment(self.plant.find(path)?)?;
        equipment.signal_ids().find(|id| {
            let signal = self.plant.signal(*id);
            signal.is_some_and(|signal| signal.spec.role == SignalRole::Content)
        })
    }
}
