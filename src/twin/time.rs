//! What users ask of the timeline, and the cursor's part of every look at the plant.

use std::sync::Arc;
use std::time::Duration;

use super::{CommandError, Effect, Twin};
use crate::command::{Bookmark, Command, Looping, Step, Visibility};
use crate::model::Timestamp;
use crate::model::alarm::Alarm;
use crate::timeline::alarms::AlarmsThen;
use crate::timeline::markers::{self, Marker};
use crate::timeline::statistics::{RangeStatistics, statistics};
use crate::timeline::step::{self, Watched};
use crate::timeline::{Edge, PlayState};

/// What turned bad in the present while the cursor was elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveNews {
    /// Alarms that were raised since, and how many of them are still active.
    pub raised: usize,
    /// See [`LiveNews::raised`].
    pub active: usize,
    /// The newest of them.
    pub newest: Alarm,
}

/// Signals that are drawn along the timeline at most.
const PINS: usize = 12;

impl Twin {
    /// Lets time pass to `now`, the present, and says which instant is shown: what
    /// [`Twin::advance`] is to be asked for.
    pub fn tick(&mut self, now: Timestamp) -> Timestamp {
        self.timeline.tick(now, self.history.span());
        if let Some(why) = self.take_futures() {
            self.problem = Some(why);
        }
        self.look_at_alarms();
        self.timeline.cursor()
    }

    pub(super) fn look_at_alarms(&mut self) {
        let branch = self.branch();
        if self.alarms_then.0 != branch {
            self.alarms_then = (branch, AlarmsThen::default());
        }
        self.alarms_shown = match self.timeline.state() {
            PlayState::Live => None,
            PlayState::Playing | PlayState::Paused => {
                let history = self.history().clone();
                let cursor = self.timeline.cursor();
                Some(self.alarms_then.1.at(&history, cursor))
            }
        };
    }

    /// What has turned bad in the present since the cursor left it; `None`: nothing, or it is live.
    pub fn live_news(&self) -> Option<LiveNews> {
        let since = self.timeline.left_live()?;
        let alarms = self.board.alarms();
        let mut raised = alarms.iter().take_while(|alarm| alarm.raised > since);
        let newest = raised.next()?.clone();
        let rest = raised.clone().count();
        let is_active = |alarm: &&Alarm| alarm.cleared.is_none();
        Some(LiveNews {
            raised: 1 + rest,
            active: raised.filter(is_active).count() + usize::from(newest.cleared.is_none()),
            newest,
        })
    }

    /// The selected range in numbers: of the pinned signals and the selected one, and of the
    /// selected equipment. `None`: no range is selected.
    pub fn range_statistics(&self) -> Option<RangeStatistics> {
        let span = self.timeline.range()?;
        let mut signals = self.view.pins.clone();
        signals.extend(self.view.signal.filter(|id| !signals.contains(id)));
        Some(statistics(
            self.plant(),
            self.history(),
            span,
            &signals,
            self.view.selection,
        ))
    }

    /// Does what is asked of the timeline; `None`: it is not about that.
    pub(super) fn change_time(
        &mut self,
        command: &Command,
    ) -> Option<Result<Effect, CommandError>> {
        Some(match command {
            Command::Step(step) => self.step(*step),
            Command::Bookmark(bookmark) => self.bookmark(bookmark),
            Command::DeleteBookmark(name) => self.delete_bookmark(name),
            Command::GoToBookmark(name) => self.go_to_bookmark(name),
            Command::PinSignal(path) => self.pin(path),
            Command::UnpinSignal(path) => self.signal(path).map(|(_, signal)| {
                self.view.pins.retain(|pin| *pin != signal);
                Effect::None
            }),
            Command::SetLane(path, shown) => self.set_lane(path, *shown),
            Command::SetTimelineSize(points) => {
                self.view.docks.set_timeline_size(*points);
                Ok(Effect::None)
            }
            other => {
                let done = self.move_cursor(other)?;
                self.look_at_alarms();
                done.map(|()| Effect::None)
            }
        })
    }

    fn move_cursor(&mut self, command: &Command) -> Option<Result<(), CommandError>> {
        let timeline = &mut self.timeline;
        match command {
            Command::Play => timeline.play(),
            Command::Pause => timeline.pause(),
            Command::FollowLive => {
                self.leave_futures();
                self.timeline.follow_live();
            }
            Command::Seek(at) => timeline.seek(*at),
            Command::SeekBy(secs) => match nanos(*secs) {
                Some(by) => {
                    let at = timeline.cursor().as_nanos().saturating_add(by);
                    timeline.seek(Timestamp::from_nanos(at));
                }
                None => return Some(Err(CommandError::BadNumber(*secs))),
            },
            Command::Scrub(at) => timeline.scrub(*at),
            Command::SetSpeed(speed) if speed.is_finite() => timeline.set_speed(*speed),
            Command::ChangeSpeed(change) => timeline.change_speed(*change),
            Command::SetDirection(direction) => timeline.set_direction(*direction),
            Command::Shuttle(direction) => timeline.shuttle(*direction),
            Command::SetLoop(Looping::On) if timeline.range().is_none() => {
                return Some(Err(CommandError::NoRange));
            }
            Command::SetLoop(looping) => timeline.set_looping(*looping),
            Command::SelectRange(range) => timeline.select(*range),
            Command::MarkRange(end) => timeline.mark(*end),
            Command::ClearRange => timeline.clear_range(),
            Command::ShowSpan(span) => timeline.show_span(*span),
            Command::ZoomTime(factor) if factor.is_finite() && *factor > 0.0 => {
                timeline.zoom(*factor);
            }
            Command::PanTime(lengths) if lengths.is_finite() => timeline.pan(*lengths),
            Command::ShowAllTime => timeline.show_all(),
            Command::SetSpeed(number) | Command::ZoomTime(number) | Command::PanTime(number) => {
                return Some(Err(CommandError::BadNumber(*number)));
            }
            _ => return None,
        }
        Some(Ok(()))
    }

    fn step(&mut self, step: Step) -> Result<Effect, CommandError> {
        let watched = Watched {
            equipment: self.view.selection,
            signal: self.view.signal,
        };
        let (plant, history, t) = (&**self.plant(), self.history(), self.timeline.cursor());
        let markers = &self.view.markers;
        let end = self.timeline.now().max(history.end());
        let recorded = self.timeline.recorded();
        let start = recorded.map_or(t, |span| span.start);
        let found = match step {
            Step::NextChange => step::next_change(plant, history, watched, t),
            Step::PreviousChange => step::previous_change(plant, history, watched, t),
            Step::NextEvent => step::next_event(history, markers, t, end),
            Step::PreviousEvent => step::previous_event(history, markers, t, start),
        };
        let is_forward = matches!(step, Step::NextChange | Step::NextEvent);
        match found {
            Some(at) => {
                self.timeline.seek(at);
                // Whoever looks at changes one by one wants each to stand.
                if self.timeline.state() == PlayState::Playing {
                    self.timeline.pause();
                }
                self.look_at_alarms();
                Ok(Effect::None)
            }
            None if is_forward && self.timeline.edge() == Edge::Live && self.future().is_none() => {
                self.timeline.follow_live();
                self.look_at_alarms();
                Ok(Effect::None)
            }
            None if is_forward => Err(CommandError::NothingFurther("after the cursor")),
            None => Err(CommandError::NothingFurther("before the cursor")),
        }
    }

    fn bookmark(&mut self, bookmark: &Bookmark) -> Result<Effect, CommandError> {
        let range = self.timeline.range();
        let (from, to) = match (bookmark.from, range) {
            (Some(from), _) => (from, bookmark.to),
            (None, Some(range)) => (range.start, Some(range.end)),
            (None, None) => (self.timeline.cursor(), bookmark.to),
        };
        if from == Timestamp::MIN {
            return Err(CommandError::NoTime);
        }
        let marker = Marker {
            from: to.map_or(from, |to| from.min(to)),
            to: to.map(|to| from.max(to)).filter(|to| *to != from),
            note: Arc::clone(&bookmark.note),
        };
        let markers = Arc::make_mut(&mut self.view.markers);
        let name = if bookmark.name.trim().is_empty() {
            markers::free_name(markers)
        } else {
            bookmark.name.trim().into()
        };
        markers.insert(name, marker);
        Ok(Effect::KeepMarkers)
    }

    fn delete_bookmark(&mut self, name: &Arc<str>) -> Result<Effect, CommandError> {
        if !self.view.markers.contains_key(name) {
            return Err(CommandError::UnknownMarker(Arc::clone(name)));
        }
        Arc::make_mut(&mut self.view.markers).remove(name);
        Ok(Effect::KeepMarkers)
    }

    fn go_to_bookmark(&mut self, name: &Arc<str>) -> Result<Effect, CommandError> {
        let marker = self
            .view
            .markers
            .get(name)
            .ok_or_else(|| CommandError::UnknownMarker(Arc::clone(name)))?;
        if let Some(to) = marker.to {
            self.timeline.select([marker.from, to]);
            let room = to.saturating_since(marker.from) / 4 + Duration::from_millis(1);
            let visible = self.timeline.visible();
            if !(visible.contains(&marker.from) && visible.contains(&to)) {
                self.timeline.show_span([marker.from - room, to + room]);
            }
        }
        self.timeline.seek(marker.from);
        self.look_at_alarms();
        Ok(Effect::None)
    }

    fn pin(&mut self, path: &Arc<str>) -> Result<Effect, CommandError> {
        let (_, signal) = self.signal(path)?;
        let pins = &mut self.view.pins;
        if !pins.contains(&signal) {
            if pins.len() == PINS {
                pins.remove(0);
            }
            pins.push(signal);
        }
        Ok(Effect::None)
    }

    fn set_lane(&mut self, path: &Arc<str>, shown: Visibility) -> Result<Effect, CommandError> {
        if !self.plant.groups.iter().any(|group| group.path == *path) {
            return Err(CommandError::UnknownPath(Arc::clone(path)));
        }
        if shown.is_shown() {
            self.view.open_lanes.insert(Arc::clone(path));
        } else {
            self.view.open_lanes.remove(path);
        }
        Ok(Effect::None)
    }
}

/// Seconds as nanoseconds, as far as they can be written.
fn nanos(secs: f64) -> Option<i64> {
    secs.is_finite().then_some((secs * 1e9) as i64)
}
