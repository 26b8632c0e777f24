//! The selected range in numbers, in a card over the plant.

use bevy_egui::egui;
use egui_phosphor::regular as icon;

use super::readout::instant_of;
use super::{Memory, PanelData, picture};
use crate::command::{Command, Looping};
use crate::timeline::lanes::Severity;
use crate::timeline::ruler::length;
use crate::timeline::statistics::{RangeStatistics, SignalStatistics};
use crate::viewer::overlay::label::value_text;
use crate::viewer::theme;
use crate::viewer::ui::action::file_name;
use crate::viewer::ui::{legend::words, style};

/// Width of the card, points.
const WIDTH: f32 = 300.0;

/// The card over `rect`, the plant's picture; where it is.
pub fn selection_ui(
    ctx: &egui::Context,
    rect: egui::Rect,
    data: &PanelData,
    memory: &mut Memory,
    out: &mut Vec<Command>,
) -> Option<egui::Rect> {
    let range = data.view.twin.timeline().range()?;
    // A card that covers most of the plant helps nobody.
    if rect.width() < WIDTH + 4.0 * theme::SPACE_L || rect.height() < 150.0 {
        return None;
    }
    let told = data.lanes.answer.range.as_ref();
    let told = told
        .filter(|(ask, _)| ask.span == range)
        .map(|(_, told)| told);
    let shown = egui::Area::new("selected range".into())
        .order(egui::Order::Middle)
        .pivot(egui::Align2::RIGHT_BOTTOM)
        .fixed_pos(rect.right_bottom() - egui::Vec2::splat(theme::SPACE_L))
        .constrain_to(rect)
        .show(ctx, |ui| {
            style::floating_frame(ctx).show(ui, |ui| {
                ui.set_width(WIDTH);
                head_ui(ui, data, &range, memory, out);
                let most = (rect.height() - 100.0).max(60.0);
                // The card stands on its foot: egui believes that there is no more room than it has.
                egui::ScrollArea::vertical()
                    .max_height(most)
                    .min_scrolled_height(most)
                    .show(ui, |ui| match told {
                        Some(told) => numbers_ui(ui, data, told),
                        None => {
                            ui.label(style::weak("Being worked out"));
                        }
                    });
            });
        });
    Some(shown.response.rect)
}

fn head_ui(
    ui: &mut egui::Ui,
    data: &PanelData,
    range: &std::ops::Range<crate::model::Timestamp>,
    memory: &mut Memory,
    out: &mut Vec<Command>,
) {
    ui.horizontal(|ui| {
        let long = length(range.end.nanos_since(range.start));
        let text = format!("{} {long}", icon::SELECTION_ALL);
        ui.label(egui::RichText::new(text).strong());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let button = |ui: &mut egui::Ui, icon: &str, says: &str| {
                let button = egui::Button::new(icon).frame_when_inactive(false);
                let response = ui.add(button).on_hover_text(says);
                response.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::WidgetType::Button, true, says)
                });
                response.clicked()
            };
            if button(ui, icon::X, "Select no range (Esc)") {
                out.push(Command::ClearRange);
            }
            if button(ui, icon::ARROWS_OUT_LINE_HORIZONTAL, "Show only this range") {
                out.push(Command::ShowSpan([range.start, range.end]));
            }
            if button(
                ui,
                icon::PACKAGE,
                "Pack this range, with the plant, into one file",
            ) {
                out.push(Command::Pack(file_name(data, "twin")));
            }
            if button(ui, icon::BOOKMARK_SIMPLE, "Keep this range under a name") {
                memory.bookmark.open(data);
            }
            if button(ui, icon::REPEAT, "Play it again and again") {
                out.extend([
                    Command::Seek(range.start),
                    Command::SetLoop(Looping::On),
                    Command::Play,
                ]);
            }
        });
    });
    let [_, from, zone] = instant_of(data, range.start);
    let [date, to, _] = instant_of(data, range.end);
    ui.label(style::small(format!("{from} to {to} {zone}, {date}")));
}

fn numbers_ui(ui: &mut egui::Ui, data: &PanelData, told: &RangeStatistics) {
    let palette = theme::of(ui.ctx());
    ui.add_space(theme::SPACE_S);
    let parts = told
        .parts
        .map_or("not counted".to_owned(), |parts| format!("{parts:.0}"));
    let of = match data.view.twin.view().selection {
        Some(id) => data
            .view
            .twin
            .plant()
            .equipment(id)
            .map_or("", |one| &*one.name)
            .to_owned(),
        None => "the plant".to_owned(),
    };
    ui.label(format!("Good parts of {of}: {parts}"));
    ui.horizontal(|ui| {
        ui.label("Events:");
        let mut any = false;
        for severity in Severity::ALL.into_iter().rev() {
            let count = told.events[severity as usize];
            if count > 0 {
                any = true;
                let (ink, share) = picture::severity(severity, palette);
                let (space, response) =
                    ui.allocate_exact_size(egui::vec2(4.0, 14.0), egui::Sense::hover());
                let bar = space.with_min_y(space.bottom() - 14.0 * share);
                ui.painter().rect_filled(bar, 1.0, ink.egui());
                response.on_hover_text(severity_word(severity));
                ui.label(count.to_string())
                    .on_hover_text(severity_word(severity));
            }
        }
        if !any {
            ui.label(style::weak("none"));
        }
    });
    if !told.states.is_empty() {
        states_ui(ui, told);
    }
    for signal in &told.signals {
        signal_ui(ui, data, signal);
    }
    if told.signals.is_empty() {
        ui.label(style::small("Select or pin a signal for its numbers"));
    }
}

/// Word of a severity.
pub const fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "Other events",
        Severity::Low => "Alarms of low priority",
        Severity::Medium => "Alarms of medium priority, lost samples",
        Severity::High => "Alarms of high priority",
        Severity::Critical => "Critical alarms",
    }
}

/// The shares of the states in a bar, with their words.
fn states_ui(ui: &mut egui::Ui, told: &RangeStatistics) {
    let palette = theme::of(ui.ctx());
    let whole = told.to.secs_since(told.from).max(1e-9);
    let size = egui::vec2(ui.available_width(), 8.0);
    let (bar, _) = ui.allocate_exact_size(size, egui::Sense::hover());
    ui.painter().rect_filled(bar, 2.0, palette.stale.egui());
    let mut left = bar.left();
    for (state, secs) in &told.states {
        let right = left + (secs / whole) as f32 * bar.width();
        let part = egui::Rect::from_x_y_ranges(left..=right.min(bar.right()), bar.y_range());
        ui.painter()
            .rect_filled(part, 0.0, palette.state(*state).egui());
        left = right;
    }
    let words: Vec<String> = told
        .states
        .iter()
        .map(|(state, secs)| {
            format!(
                "{} {:.0} %",
                theme::state_word(*state),
                100.0 * secs / whole
            )
        })
        .collect();
    ui.add(egui::Label::new(style::small(words.join(" · "))).wrap());
}

fn signal_ui(ui: &mut egui::Ui, data: &PanelData, signal: &SignalStatistics) {
    let plant = data.view.twin.plant();
    let name = plant.signal(signal.id).map_or("", |of| &*of.spec.name);
    let of = plant
        .signal(signal.id)
        .and_then(|of| plant.equipment(of.equipment))
        .map_or("", |one| &*one.name);
    ui.label(format!("{of}: {}", words(name)));
    let text = |value: Option<f64>| {
        value.map_or("–".to_owned(), |value| {
            value_text(crate::model::Value::Float(value), signal.unit)
        })
    };
    let says = format!(
        "{} to {}, mean {}, last {}",
        text(signal.min),
        text(signal.max),
        text(signal.mean),
        text(signal.last)
    );
    ui.add(egui::Label::new(style::small(says)).wrap());
}
