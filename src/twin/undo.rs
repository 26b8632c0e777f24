//! What was changed about the view, so that it can be taken back.

use std::collections::VecDeque;

use super::ViewState;
use crate::command::Panel;

/// So many changes can be taken back.
const MOST: usize = 100;

/// Earlier states of the view, and those that were taken back.
#[derive(Clone, Debug, Default)]
pub struct Past {
    undone: Vec<ViewState>,
    done: VecDeque<ViewState>,
}

impl Past {
    /// Remembers a state, if what came after it is another set-up.
    pub fn remember(&mut self, before: ViewState, after: &ViewState) {
        if set_up(before.clone(), after) == *after {
            return;
        }
        self.undone.clear();
        if self.done.len() == MOST {
            self.done.pop_front();
        }
        self.done.push_back(before);
    }

    /// Takes the last change back; `false` where there is none.
    pub fn undo(&mut self, view: &mut ViewState) -> bool {
        let Some(before) = self.done.pop_back() else {
            return false;
        };
        let before = set_up(before, view);
        self.undone.push(std::mem::replace(view, before));
        true
    }

    /// Changes again what was taken back last; `false` where nothing was.
    pub fn redo(&mut self, view: &mut ViewState) -> bool {
        let Some(after) = self.undone.pop() else {
            return false;
        };
        let after = set_up(after, view);
        self.done.push_back(std::mem::replace(view, after));
        true
    }
}

/// `state`, with all that is no set-up as it is `now`: the selection, where the camera shall go,
/// and panels that come and go with what is done.
fn set_up(mut state: ViewState, now: &ViewState) -> ViewState {
    state.selection = now.selection;
    state.signal = now.signal;
    state.camera_goal = now.camera_goal.clone();
    state.has_seen_tour = now.has_seen_tour;
    for panel in [Panel::Help, Panel::Palette, Panel::Tour] {
        match now.panels.get(&panel) {
            Some(shown) => state.panels.insert(panel, *shown),
            None => state.panels.remove(&panel),
        };
    }
    state
}
