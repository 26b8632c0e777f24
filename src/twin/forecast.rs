//! What users ask of the future, and the branch that the cursor reads.

use std::sync::Arc;
use std::time::Duration;

use super::calibration::Calibrating;
use super::outlook::{Outlook, Question, Watched, Which};
use super::track_record::TrackRecord;
use super::{CommandError, Effect, Mode, Twin};
use crate::command::{Command, FutureChoice, Outlooks, Parameters};
use crate::futures::{Change, Pick, Settings};
use crate::history::HistoryReader;
use crate::model::{Plant, Timestamp};
use crate::timeline::PlayState;

/// How fast a future is played at first, times real time: a cycle of a machine is still seen.
const SPEED: f64 = 10.0;
/// So much of the horizon is shown of the time before the fork.
const BEFORE: u32 = 4;
/// Futures that begin in one another, at most: each that is watched is kept in memory.
const INNER: usize = 3;

impl Twin {
    /// The futures that were asked for.
    pub fn outlook(&self) -> Option<&Outlook> {
        self.outlook.as_ref()
    }

    /// The future that the cursor stands in; `None`: it stands in what was recorded.
    pub fn future(&self) -> Option<&Watched> {
        if self.timeline.state() == PlayState::Live {
            return None;
        }
        self.watched_at(self.timeline.cursor())
    }

    /// The future that is watched at an instant: the innermost.
    fn watched_at(&self, at: Timestamp) -> Option<&Watched> {
        let outlooks = self.outlook.iter().flat_map(Outlook::and_parents);
        let mut watched = outlooks.filter_map(Outlook::watched);
        watched.find(|watched| at >= watched.branch.from)
    }

    /// Whether the cursor stands in the future of the futures on the screen that is watched.
    fn is_inside(&self) -> bool {
        let watched = self.outlook.as_ref().and_then(Outlook::watched);
        let number = watched.map(|watched| watched.number);
        number.is_some() && self.future().map(|watched| watched.number) == number
    }

    /// Which branch the cursor reads: 0 is what was recorded, every future has a number of its own.
    pub fn branch(&self) -> u64 {
        self.future().map_or(0, |watched| watched.number)
    }

    /// The plant at the cursor.
    pub fn plant(&self) -> &Arc<Plant> {
        self.future()
            .map_or(&self.plant, |watched| &watched.branch.plant)
    }

    /// The history at the cursor.
    pub fn history(&self) -> &HistoryReader {
        self.future()
            .map_or(&self.history, |watched| &watched.branch.reader)
    }

    /// What was recorded, wherever the cursor stands.
    pub fn recorded_history(&self) -> &HistoryReader {
        &self.history
    }

    /// What the cursor reads.
    pub fn mode(&self) -> Mode {
        match self.timeline.state() {
            PlayState::Live => Mode::Live,
            PlayState::Playing | PlayState::Paused if self.future().is_some() => Mode::WhatIf,
            PlayState::Playing | PlayState::Paused => Mode::Replay,
        }
    }

    /// Takes what has come in of the futures that were asked for. Gives what failed, once.
    pub(super) fn take_futures(&mut self) -> Option<Arc<str>> {
        // Whoever looks from one future to another stays at the instant.
        let was_inside = self.is_inside();
        let outlook = self.outlook.as_mut()?;
        let news = outlook.take();
        if news.is_watched
            && let Some(watched) = outlook.watched()
        {
            let (from, to) = (watched.branch.from, watched.branch.to);
            self.timeline.set_future(Some(to));
            if !was_inside {
                self.timeline.seek(from);
                self.timeline.set_speed(SPEED);
                self.timeline.play();
            }
            self.look_at_alarms();
        }
        news.failed
    }

    /// Whether something that was asked for is still being worked out.
    pub fn is_working_out(&self) -> bool {
        let asks = |outlook: &Outlook| {
            outlook.is_busy() || outlook.record().is_some_and(TrackRecord::is_busy)
        };
        self.outlook.as_ref().is_some_and(asks)
            || self.calibration.as_ref().is_some_and(Calibrating::is_busy)
    }

    /// Why something that was asked for did not come; said once.
    pub fn take_problem(&mut self) -> Option<Arc<str>> {
        self.problem.take()
    }

    /// Does what is asked of the future; `None`: it is not about that.
    pub(super) fn change_future(
        &mut self,
        command: &Command,
    ) -> Option<Result<Effect, CommandError>> {
        let done = match command {
            Command::Forecast(asked) => self.forecast(*asked),
            Command::WhatIf(change) => self.what_if(change),
            Command::WatchFuture(choice) => self.watch(*choice),
            Command::LeaveFuture => {
                self.leave_future();
                Ok(())
            }
            Command::DropFutures => {
                self.leave_futures();
                self.outlook = None;
                Ok(())
            }
            Command::Calibrate => self.calibrate(),
            Command::UseParameters(path, parameters) => self.use_parameters(path, *parameters),
            Command::SaveCalibration(file) => {
                let text = self.calibration.as_ref().and_then(Calibrating::scenario);
                let effect = text.map(|text| Effect::Write(file.clone(), text));
                return Some(effect.ok_or(CommandError::NothingUsed));
            }
            _ => return None,
        };
        Some(done.map(|()| Effect::None))
    }

    /// The cursor reads again what the future that is watched was forked from: what was recorded, or
    /// another future.
    fn leave_future(&mut self) {
        let is_watching = |it: &Outlook| it.watched().is_some() || it.is_coming();
        if self
            .outlook
            .as_ref()
            .is_some_and(|it| !is_watching(it) && it.parent().is_some())
        {
            // What was asked for last is left first: the cursor stays in the future around it.
            self.outlook = self.outlook.take().and_then(Outlook::into_parent);
            return;
        }
        let was_inside = self.is_inside();
        let Some(outlook) = &mut self.outlook else {
            return;
        };
        let at = outlook.at();
        outlook.leave();
        let around = outlook.parent().and_then(Outlook::watched);
        self.timeline
            .set_future(around.map(|watched| watched.branch.to));
        if was_inside {
            self.timeline.seek(at);
            self.timeline.pause();
        }
        self.look_at_alarms();
    }

    /// The cursor reads what was recorded again.
    pub(super) fn leave_futures(&mut self) {
        while self
            .outlook
            .as_ref()
            .is_some_and(|it| it.parent().is_some())
        {
            self.outlook = self.outlook.take().and_then(Outlook::into_parent);
        }
        self.leave_future();
    }

    fn next_number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn forecast(&mut self, asked: Outlooks) -> Result<(), CommandError> {
        let horizon = asked.hours.unwrap_or(8.0);
        if !(horizon > 0.0 && horizon <= 24.0 * 366.0) {
            return Err(CommandError::BadNumber(horizon));
        }
        let end = self.history.end();
        // Of a fork at the present, everything that was received counts.
        let known = end + Duration::from_nanos(1);
        let fork = self.outlook.as_ref().map_or(known, Outlook::at);
        let at = asked.at.unwrap_or_else(|| match self.mode() {
            Mode::Live => self.timeline.now(),
            Mode::Replay | Mode::WhatIf => self.timeline.cursor(),
        });
        if at == Timestamp::MIN {
            return Err(CommandError::NoTime);
        }
        let settings = Settings {
            horizon: Duration::from_secs_f64(horizon * 3_600.0),
            ..Settings::default()
        };
        let around = self.future().and(self.watched_at(at));
        let inner = around.filter(|watched| at > watched.branch.from);
        match inner.map(|watched| watched.number) {
            Some(number) => self.forecast_within(number, at, settings)?,
            None => {
                // Where a future begins it is what was recorded.
                let at = if around.is_some() { fork } else { at };
                self.leave_futures();
                let number = self.next_number();
                let question = Question {
                    at,
                    settings,
                    number,
                };
                self.outlook = Some(Outlook::ask(self.simulated(), &self.history, question));
            }
        }
        if let Some(outlook) = &self.outlook {
            let span = outlook.span();
            let before = span.end.saturating_since(span.start) / BEFORE;
            self.timeline.show_span([span.start - before, span.end]);
        }
        Ok(())
    }

    /// Asks for futures that begin in the future of this number.
    fn forecast_within(
        &mut self,
        number: u64,
        at: Timestamp,
        settings: Settings,
    ) -> Result<(), CommandError> {
        let owns = |outlook: &Outlook| outlook.watched().is_some_and(|it| it.number == number);
        let outlooks = self.outlook.iter().flat_map(Outlook::and_parents);
        let outer = outlooks.skip_while(|outlook| !owns(outlook)).count();
        if outer > INNER {
            return Err(CommandError::TooDeep(INNER));
        }
        let question = Question {
            at,
            settings,
            number: self.next_number(),
        };
        let mut outlook = self.outlook.take();
        while outlook.as_ref().is_some_and(|outlook| !owns(outlook)) {
            outlook = outlook.and_then(Outlook::into_parent);
        }
        self.outlook = outlook.map(|outlook| outlook.ask_within(question));
        Ok(())
    }

    /// The plant as futures have it: with what of its parameters is taken from what was observed.
    fn simulated(&self) -> &Arc<Plant> {
        let observed = self.calibration.as_ref().and_then(Calibrating::plant);
        observed.unwrap_or(&self.plant)
    }

    /// What was observed of the parameters of the scene.
    pub fn calibration(&self) -> Option<&Calibrating> {
        self.calibration.as_ref()
    }

    fn calibrate(&mut self) -> Result<(), CommandError> {
        let all = self.history.span().ok_or(CommandError::NoTime)?;
        let chosen = self.timeline.range();
        let span = chosen.map_or(all.clone(), |range| {
            range.start.max(all.start)..range.end.min(all.end)
        });
        if span.start >= span.end {
            return Err(CommandError::NoTime);
        }
        let was_used = self
            .calibration
            .take()
            .is_some_and(|it| it.plant().is_some());
        self.calibration = Some(Calibrating::begin(&self.plant, &self.history, span));
        if was_used {
            self.ask_again();
        }
        Ok(())
    }

    fn use_parameters(&mut self, path: &Arc<str>, from: Parameters) -> Result<(), CommandError> {
        let none = || CommandError::NotObserved(Arc::clone(path));
        let calibration = self.calibration.as_mut().ok_or_else(none)?;
        let machines = &calibration.told().ok_or_else(none)?.machines;
        let mut paths: Vec<_> = machines.iter().map(|it| Arc::clone(&it.path)).collect();
        if !path.is_empty() {
            let id = self
                .plant
                .find(path)
                .and_then(|id| self.plant.equipment(id));
            let whole = id.ok_or_else(|| CommandError::UnknownPath(Arc::clone(path)))?;
            paths.retain(|one| *one == whole.path);
        }
        if paths.is_empty() {
            return Err(none());
        }
        calibration
            .accept(paths, from == Parameters::Observed, &self.plant)
            .map_err(CommandError::NotUsable)?;
        self.ask_again();
        Ok(())
    }

    /// Asks the question that is on the screen once more, of the plant as it is simulated now.
    fn ask_again(&mut self) {
        self.leave_futures();
        let Some(before) = &self.outlook else {
            return;
        };
        let (at, settings) = (before.at(), before.settings().clone());
        let changes: Vec<_> = before
            .cases()
            .iter()
            .filter_map(|it| it.change.clone())
            .collect();
        let number = self.next_number();
        let question = Question {
            at,
            settings,
            number,
        };
        let mut outlook = Outlook::ask(self.simulated(), &self.history, question);
        for change in changes {
            // It could be made of the same plant before.
            if let Ok(what_if) = change.of(self.simulated()) {
                outlook.what_if(change, what_if);
            }
        }
        self.outlook = Some(outlook);
    }

    fn what_if(&mut self, change: &Change) -> Result<(), CommandError> {
        if self.outlook.is_none() {
            self.forecast(Outlooks::default())?;
        }
        let plant = self.outlook.as_ref().map(Outlook::plant);
        let what_if = change.of(plant.unwrap_or(&self.plant))?;
        let Some(outlook) = &mut self.outlook else {
            return Ok(());
        };
        if outlook.cases().len() > super::outlook::CASES {
            return Err(CommandError::TooManyCases(super::outlook::CASES));
        }
        outlook.what_if(change.clone(), what_if);
        Ok(())
    }

    fn watch(&mut self, choice: FutureChoice) -> Result<(), CommandError> {
        let number = self.next_number();
        let outlook = self.outlook.as_mut().ok_or(CommandError::NoFutures)?;
        let which = match choice {
            FutureChoice::Share(_, percent) if !(0.0..=100.0).contains(&percent) => {
                return Err(CommandError::BadNumber(percent));
            }
            FutureChoice::Share(_, percent) => Which::Pick(Pick::Share(percent / 100.0)),
            FutureChoice::Best(_) => Which::Pick(Pick::Best),
            FutureChoice::Worst(_) => Which::Pick(Pick::Worst),
            FutureChoice::Number(_, index) => Which::Index(index),
        };
        let case = usize::try_from(choice.case()).unwrap_or(usize::MAX);
        outlook
            .watch(case, which, number)
            .map_err(CommandError::FutureFailed)
    }
}
