//! The bookmark that is being written: a name and a note, over the timeline.

use bevy_egui::egui;

use super::PanelData;
use super::readout::instant_of;
use crate::command::{Bookmark, Command};
use crate::model::Timestamp;
use crate::timeline::markers::free_name;
use crate::timeline::ruler::length;
use crate::viewer::theme;
use crate::viewer::ui::style;

/// What is kept between frames.
#[derive(Debug, Default)]
pub struct Memory {
    writing: Option<Writing>,
}

#[derive(Debug)]
struct Writing {
    name: String,
    note: String,
    from: Timestamp,
    to: Option<Timestamp>,
    has_focus: bool,
}

/// Width of the card, points.
const WIDTH: f32 = 300.0;

/// The field of the name.
pub fn name_id() -> egui::Id {
    egui::Id::new("name of the bookmark")
}

impl Memory {
    /// Begins to write one: of the selected range, else of the cursor as it is now.
    pub fn open(&mut self, data: &PanelData) {
        let timeline = data.view.twin.timeline();
        let (from, to) = match timeline.range() {
            Some(range) => (range.start, Some(range.end)),
            None => (timeline.cursor(), None),
        };
        self.writing = Some(Writing {
            name: free_name(&data.view.twin.view().markers).to_string(),
            note: String::new(),
            from,
            to,
            has_focus: false,
        });
    }

    /// Whether one is being written.
    pub fn is_open(&self) -> bool {
        self.writing.is_some()
    }

    /// Writes none.
    pub fn close(&mut self) {
        self.writing = None;
    }
}

/// The card, just above `below`.
pub fn bookmark_ui(
    ctx: &egui::Context,
    below: egui::Rect,
    data: &PanelData,
    memory: &mut Memory,
    out: &mut Vec<Command>,
) {
    let Some(writing) = &mut memory.writing else {
        return;
    };
    let mut is_done = false;
    let mut is_left = false;
    egui::Area::new("bookmark".into())
        .order(egui::Order::Foreground)
        .pivot(egui::Align2::RIGHT_BOTTOM)
        .fixed_pos(below.right_top() - egui::Vec2::splat(theme::SPACE_L))
        .constrain_to(ctx.content_rect())
        .show(ctx, |ui| {
            style::dialog_frame(ctx).show(ui, |ui| {
                ui.set_width(WIDTH);
                let [date, time, zone] = instant_of(data, writing.from);
                let long = writing
                    .to
                    .map(|to| format!(", {}", length(to.nanos_since(writing.from))));
                ui.label(egui::RichText::new("Bookmark").strong());
                let long = long.unwrap_or_default();
                ui.label(style::small(format!("{date}  {time} {zone}{long}")));
                let name = ui.add(
                    egui::TextEdit::singleline(&mut writing.name)
                        .id(name_id())
                        .hint_text("Name")
                        .char_limit(80)
                        .desired_width(f32::INFINITY),
                );
                let note = ui.add(
                    egui::TextEdit::singleline(&mut writing.note)
                        .hint_text("Note")
                        .char_limit(500)
                        .desired_width(f32::INFINITY),
                );
                if !writing.has_focus {
                    name.request_focus();
                    // What is typed replaces the name that was proposed.
                    let range = egui::text::CCursorRange::two(
                        egui::text::CCursor::new(0_usize),
                        egui::text::CCursor::new(writing.name.chars().count()),
                    );
                    let mut state = egui::TextEdit::load_state(ctx, name.id).unwrap_or_default();
                    state.cursor.set_char_range(Some(range));
                    state.store(ctx, name.id);
                    writing.has_focus = name.has_focus();
                }
                let enter = ui.input(|input| input.key_pressed(egui::Key::Enter));
                is_done |= enter && (name.lost_focus() || note.lost_focus());
                is_left |= ui.input(|input| input.key_pressed(egui::Key::Escape));
                ui.horizontal(|ui| {
                    is_done |= ui.button("Save").on_hover_text("Enter").clicked();
                    is_left |= ui.button("Cancel").on_hover_text("Esc").clicked();
                });
            });
        });
    if is_done {
        out.push(Command::Bookmark(Bookmark {
            name: writing.name.trim().into(),
            from: Some(writing.from),
            to: writing.to,
            note: writing.note.trim().into(),
        }));
    }
    if is_done || is_left {
        memory.writing = None;
    }
}
