//! [`Chord`]: a key with what is held beside it.

use bevy_egui::egui::{Key, Modifiers};

/// A key with what is held beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chord {
    key: Key,
    held: Modifiers,
}

impl Chord {
    pub(super) const fn new(held: Modifiers, key: Key) -> Self {
        Self { key, held }
    }

    /// Whether this key, pressed with these, is meant.
    pub fn is_meant(self, key: Key, held: Modifiers) -> bool {
        // On many keyboards plus and minus stand on keys that need Shift.
        let is_sign = matches!(self.key, Key::Plus | Key::Minus);
        let is_key = self.key == key || self.key == Key::Plus && key == Key::Equals;
        is_key
            && !held.alt
            && held.command == self.held.command
            && (is_sign || held.shift == self.held.shift)
    }

    /// Whether it also works while a text is being typed.
    pub fn works_in_text(self) -> bool {
        // Ctrl+Z takes back what was typed there.
        let is_function_key = self.key >= Key::F1;
        // Ctrl and an arrow goes from word to word there.
        let edits = matches!(
            self.key,
            Key::Z | Key::ArrowLeft | Key::ArrowRight | Key::ArrowUp | Key::ArrowDown
        );
        is_function_key || self.held.command && !edits
    }

    /// As people write it: `Ctrl+Shift+Z`.
    pub fn text(self) -> String {
        let key = match self.key {
            Key::Escape => "Esc",
            Key::ArrowLeft => "←",
            Key::ArrowRight => "→",
            Key::ArrowUp => "↑",
            Key::ArrowDown => "↓",
            Key::Comma => ",",
            Key::Period => ".",
            other => other.name(),
        };
        let (command, shift) = (self.held.command, self.held.shift);
        let held = [(command, "Ctrl+"), (shift, "Shift+")];
        let held = held.into_iter().filter(|(is_held, _)| *is_held);
        held.map(|(_, word)| word).chain([key]).collect()
    }
}
