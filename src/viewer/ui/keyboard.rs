//! Keys mean what they meant when they were pressed.
//!
//! bevy_egui gives every key of a frame the modifiers that are held at the frame's end. Where a
//! frame takes longer than a tap, Ctrl+S would be typed as an *s*: here each key gets the
//! modifiers of its own instant.

use std::collections::VecDeque;

use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardFocusLost, KeyboardInput};
use bevy::prelude::*;
use bevy_egui::helpers::{bevy_to_egui_key, bevy_to_egui_physical_key};
use bevy_egui::{EguiInput, egui};

use super::action::{self, Deed, TimeDeed};
use super::timeline::bookmark;
use super::{Keyboard, palette};
use crate::command::{Panel, Visibility};

/// Keys pressed in this frame, each with the modifiers that were held then.
pub fn pressed_keys(ctx: &egui::Context) -> Vec<(egui::Key, egui::Modifiers)> {
    ctx.input(|input| {
        let keys = input.events.iter().filter_map(|event| match event {
            egui::Event::Key {
                key,
                pressed: true,
                modifiers,
                ..
            } => Some((*key, *modifiers)),
            _ => None,
        });
        keys.collect()
    })
}

/// What is typed before the screen is as it will be when it gets there. Whoever opens a field by a
/// key types on at once, and whoever leaves one does: a frame may take longer than that, and without
/// this the letters would be keys of the plant.
#[derive(Debug, Default)]
pub(super) struct TypeAhead {
    /// What is waited for, and for how many frames still.
    awaited: Option<(Awaited, u8)>,
    typed: Vec<egui::Event>,
}

#[derive(Clone, Copy, Debug)]
enum Awaited {
    /// That this field has the keyboard.
    Field(egui::Id),
    /// That the palette is gone.
    Closing,
}

impl TypeAhead {
    /// What is not there after so many frames does not come.
    const FRAMES: u8 = 5;

    /// If a key of this frame opens a field or leaves the palette, keeps what is typed behind it
    /// until that has happened.
    pub fn wait(&mut self, ctx: &egui::Context, keyboard: Keyboard, palette: Visibility) {
        let awaited = |event: &egui::Event| match event {
            egui::Event::Key {
                key,
                pressed: true,
                modifiers,
                ..
            } => match (palette, *key) {
                (Visibility::Shown, egui::Key::Escape) => Some(Awaited::Closing),
                (Visibility::Shown, _) => None,
                (Visibility::Hidden, key) => field_of(key, *modifiers, keyboard),
            },
            _ => None,
        };
        let first = ctx.input(|input| {
            let events = input.events.iter().enumerate();
            events
                .filter_map(|(at, event)| Some((at, awaited(event)?)))
                .next()
        });
        if let Some((at, awaited)) = first {
            self.awaited = Some((awaited, Self::FRAMES));
            self.keep(ctx, at + 1);
        }
    }

    /// To be called before anything of a frame is typed: gives back what was kept, once what was
    /// waited for is so.
    pub fn begin_frame(&mut self, ctx: &egui::Context, palette: Visibility) {
        let Some((awaited, frames)) = self.awaited else {
            return;
        };
        let is_so = match awaited {
            Awaited::Field(field) => ctx.memory(|memory| memory.has_focus(field)),
            Awaited::Closing => palette == Visibility::Hidden,
        };
        if is_so {
            let mut typed = std::mem::take(&mut self.typed);
            ctx.input_mut(|input| {
                typed.append(&mut input.events);
                input.events = typed;
            });
            self.awaited = None;
        } else if frames == 0 {
            self.typed.clear();
            self.awaited = None;
        } else {
            self.awaited = Some((awaited, frames - 1));
            self.keep(ctx, 0);
        }
    }

    fn keep(&mut self, ctx: &egui::Context, from: usize) {
        ctx.input_mut(|input| {
            let from = from.min(input.events.len());
            let later = input.events.split_off(from);
            for event in later {
                let is_typed = matches!(
                    event,
                    egui::Event::Key { .. } | egui::Event::Text(_) | egui::Event::Paste(_)
                );
                if is_typed {
                    self.typed.push(event);
                } else {
                    input.events.push(event);
                }
            }
        });
    }
}

/// The field that a key opens.
fn field_of(key: egui::Key, held: egui::Modifiers, keyboard: Keyboard) -> Option<Awaited> {
    match action::of_key(key, held, keyboard)?.deed {
        Deed::Panel(Panel::Palette) => Some(Awaited::Field(palette::field_id())),
        Deed::Time(TimeDeed::Bookmark) => Some(Awaited::Field(bookmark::name_id())),
        _ => None,
    }
}

/// Which modifier keys are down.
#[derive(Clone, Copy, Debug, Default)]
pub struct Held(egui::Modifiers);

impl Held {
    fn follow(&mut self, key: &Key, state: ButtonState) {
        let is_down = state == ButtonState::Pressed;
        match key {
            Key::Shift => self.0.shift = is_down,
            Key::Alt => self.0.alt = is_down,
            Key::Control => {
                self.0.ctrl = is_down;
                if !cfg!(target_os = "macos") {
                    self.0.command = is_down;
                }
            }
            Key::Super | Key::Meta if cfg!(target_os = "macos") => {
                self.0.mac_cmd = is_down;
                self.0.command = is_down;
            }
            _ => {}
        }
    }

    /// Whether a letter is text now. Ctrl + Alt is AltGr, which writes letters, too.
    fn writes_text(self) -> bool {
        !self.0.command && !self.0.ctrl || self.0.ctrl && self.0.alt
    }
}

/// A key of this frame as it was pressed or released.
struct Stroke {
    key: egui::Key,
    held: Held,
    text: Option<String>,
}

/// Gives the key events of this frame the modifiers of their own instants.
pub(super) fn correct_modifiers(
    mut messages: MessageReader<KeyboardInput>,
    mut lost: MessageReader<KeyboardFocusLost>,
    mut held: Local<Held>,
    mut inputs: Query<&mut EguiInput>,
) {
    if lost.read().count() > 0 {
        *held = Held::default();
    }
    let mut strokes = VecDeque::new();
    for message in messages.read() {
        held.follow(&message.logical_key, message.state);
        let key = bevy_to_egui_key(&message.logical_key)
            .or_else(|| bevy_to_egui_physical_key(&message.key_code));
        let Some(key) = key else {
            continue;
        };
        let text = match &message.logical_key {
            Key::Character(text) if !text.contains(char::is_control) => Some(text.to_string()),
            Key::Space => Some(" ".to_owned()),
            _ => None,
        };
        let is_text = message.state == ButtonState::Pressed && held.writes_text();
        strokes.push_back(Stroke {
            key,
            held: *held,
            text: text.filter(|_| is_text),
        });
    }
    if strokes.is_empty() {
        return;
    }
    for mut input in &mut inputs {
        let events = std::mem::take(&mut input.0.events);
        input.0.events = corrected(events, &strokes);
    }
}

/// The events with each key's modifiers, and with the texts that the keys wrote.
fn corrected(events: Vec<egui::Event>, strokes: &VecDeque<Stroke>) -> Vec<egui::Event> {
    let mut strokes = strokes.iter().peekable();
    let mut after = Vec::with_capacity(events.len() + 1);
    for mut event in events {
        if let egui::Event::Key { key, modifiers, .. } = &mut event
            && let Some(stroke) = strokes.next_if(|stroke| stroke.key == *key)
        {
            *modifiers = stroke.held.0;
            let has_text = matches!(after.last(), Some(egui::Event::Text(_)));
            match &stroke.text {
                Some(text) if !has_text => after.push(egui::Event::Text(text.clone())),
                None if has_text => {
                    after.pop();
                }
                _ => {}
            }
        }
        after.push(event);
    }
    after
}
