//! The top bar: what the cursor reads, which plant, what time there, how it is doing, and what
//! colours it.

use bevy_egui::egui;

use super::action::{self, Action, Deed};
use super::menu::entry_ui;
use super::tour::Places;
use super::{PanelData, menu};
use crate::command::{Command, Direction, Overlay, Panel};
use crate::model::Health;
use crate::timeline::PlayState;
use crate::twin::Mode;
use crate::viewer::overlay::symbol;
use crate::viewer::theme;

/// Overlays, in the order of their keys.
const OVERLAYS: [Overlay; 6] = [
    Overlay::None,
    Overlay::Health,
    Overlay::State,
    Overlay::Heat,
    Overlay::DataAge,
    Overlay::Flow,
];

/// Panels that have a button.
const PANELS: [Panel; 9] = [
    Panel::Plant,
    Panel::Inspector,
    Panel::Alarms,
    Panel::Sources,
    Panel::Log,
    Panel::Futures,
    Panel::Timeline,
    Panel::Legend,
    Panel::Help,
];

/// Narrower than this, overlays and panels are behind one button each, points.
const NARROW: f32 = 900.0;

/// The top bar.
pub fn top_bar_ui(
    ui: &mut egui::Ui,
    data: &PanelData,
    memory: &mut menu::Memory,
    places: &mut Places,
    out: &mut Vec<Command>,
) {
    let colours = theme::of(ui.ctx()).top_bar(data.view.twin.mode());
    let is_narrow = ui.available_width() < NARROW;
    ui.horizontal_centered(|ui| {
        // The menus hang below the bar, and look like any other.
        let below = ui.style().clone();
        bar_style(ui, colours);
        menu::menu_ui(ui, data, memory, out);
        places.mode = Some(badge_ui(ui, data));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if is_narrow {
                narrow_ui(ui, &below, data, out);
            } else {
                panels_ui(ui, data, out);
                ui.separator();
                places.overlays = Some(overlays_ui(ui, data, out));
            }
            let search = ui.button(egui_phosphor::regular::COMMAND);
            let hint = action::hint("Search and commands", Deed::Panel(Panel::Palette));
            if search.on_hover_text(hint).clicked() {
                out.extend(Deed::Panel(Panel::Palette).commands(data));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.add_space(theme::SPACE_S);
                let time = plant_time(data, is_narrow);
                if !is_narrow {
                    let name = egui::RichText::new(&*data.view.twin.plant().name)
                        .color(colours.text.egui())
                        .size(theme::TEXT_SIZE_HEADING);
                    ui.label(name);
                }
                ui.label(
                    egui::RichText::new(time)
                        .color(colours.text_weak.egui())
                        .monospace(),
                )
                .on_hover_text("Time at the cursor, in the plant's time zone");
                places.health = health_counts_ui(ui, data);
            });
        });
    });
}

fn panels_ui(ui: &mut egui::Ui, data: &PanelData, out: &mut Vec<Command>) {
    for panel in PANELS.into_iter().rev() {
        let Some(action) = action::of(Deed::Panel(panel)) else {
            continue;
        };
        let is_open = data.view.twin.view().is_open(panel);
        let hint = action::hint(action.name, action.deed);
        let button = ui.selectable_label(is_open, action.icon);
        if button.on_hover_text(hint).clicked() {
            out.extend(action.deed.commands(data));
        }
    }
}

fn overlays_ui(ui: &mut egui::Ui, data: &PanelData, out: &mut Vec<Command>) -> egui::Rect {
    let mut all = egui::Rect::NOTHING;
    for overlay in OVERLAYS.into_iter().rev() {
        let Some(action) = action::of(Deed::Overlay(overlay)) else {
            continue;
        };
        let is_chosen = data.view.twin.view().overlay == overlay;
        let text = if is_chosen {
            format!("{} {}", action.icon, action.name)
        } else {
            action.icon.to_owned()
        };
        let hint = action::hint(&format!("Overlay: {}", action.name), action.deed);
        let button = ui.selectable_label(is_chosen, text).on_hover_text(hint);
        all |= button.rect;
        if button.clicked() {
            out.extend(action.deed.commands(data));
        }
    }
    all
}

/// Both choices as menus, where there is no room for all their buttons.
fn narrow_ui(
    ui: &mut egui::Ui,
    below: &std::sync::Arc<egui::Style>,
    data: &PanelData,
    out: &mut Vec<Command>,
) {
    let view = data.view.twin.view();
    let mut choice = |ui: &mut egui::Ui, icon: &str, says: &str, deeds: &[Deed]| {
        let button = ui.button(icon).on_hover_text(says);
        egui::Popup::menu(&button).show(|ui| {
            ui.set_style(below.clone());
            ui.set_width(200.0);
            for action in deeds.iter().filter_map(|deed| action::of(*deed)) {
                let mark = if is_on(action, view) {
                    egui_phosphor::regular::CHECK
                } else {
                    action.icon
                };
                let keys = action.chord.map(action::Chord::text).unwrap_or_default();
                if entry_ui(ui, mark, action.name, &keys) {
                    out.extend(action.deed.commands(data));
                    ui.close();
                }
            }
        });
    };
    let panels = PANELS.map(Deed::Panel);
    let overlays = OVERLAYS.map(Deed::Overlay);
    choice(
        ui,
        egui_phosphor::regular::SIDEBAR_SIMPLE,
        "Panels",
        &panels,
    );
    let icon = action::of(Deed::Overlay(view.overlay)).map_or("", |action| action.icon);
    choice(ui, icon, "Overlay", &overlays);
}

fn is_on(action: &Action, view: &crate::twin::ViewState) -> bool {
    match action.deed {
        Deed::Panel(panel) => view.is_open(panel),
        Deed::Overlay(overlay) => view.overlay == overlay,
        _ => false,
    }
}

fn bar_style(ui: &mut egui::Ui, colours: theme::Bar) {
    let visuals = ui.visuals_mut();
    visuals.selection.bg_fill = colours.chosen.egui();
    visuals.selection.stroke.color = colours.text.egui();
    let widgets = &mut visuals.widgets;
    widgets.noninteractive.bg_stroke.color = colours.chosen.egui();
    widgets.inactive.weak_bg_fill = colours.ground.egui();
    widgets.inactive.fg_stroke.color = colours.text.egui();
    for widget in [&mut widgets.hovered, &mut widgets.active, &mut widgets.open] {
        widget.fg_stroke.color = colours.text.egui();
        widget.weak_bg_fill = colours.chosen.egui();
        widget.bg_fill = colours.chosen.egui();
    }
}

/// LIVE, REPLAY or WHAT-IF; what is not live stands out of a bar of its own colour.
fn badge_ui(ui: &mut egui::Ui, data: &PanelData) -> egui::Rect {
    let mode = data.view.twin.mode();
    let palette = theme::of(ui.ctx());
    let own = palette.mode(mode);
    let (ground, ink) = match mode {
        Mode::Live => (own, palette.ink_on(own)),
        Mode::Replay | Mode::WhatIf => (palette.ink_on(own), own),
    };
    let timeline = data.view.twin.timeline();
    let icon = match (mode, timeline.state(), timeline.direction()) {
        (Mode::Live, ..) => "",
        (_, PlayState::Paused, _) => egui_phosphor::regular::PAUSE,
        (_, _, Direction::Forward) => egui_phosphor::regular::PLAY,
        (_, _, Direction::Backward) => egui_phosphor::regular::REWIND,
    };
    let word = theme::mode_word(mode);
    let text = if icon.is_empty() {
        word.to_owned()
    } else {
        format!("{icon} {word}")
    };
    egui::Frame::new()
        .fill(ground.egui())
        .corner_radius(egui::CornerRadius::same(theme::ROUNDING))
        .inner_margin(egui::Margin::symmetric(10, 3))
        .show(ui, |ui| {
            ui.label(egui::RichText::new(text).color(ink.egui()).strong());
        })
        .response
        .on_hover_text("What you see: the present, a recorded past, or a simulated future")
        .rect
}

/// Time of the snapshot in the plant's time zone, with the date where there is room.
fn plant_time(data: &PanelData, is_narrow: bool) -> String {
    let time: jiff::Timestamp = data.view.snapshot.time.into();
    let zone = &data.view.twin.plant().calendar.time_zone;
    let form = if is_narrow {
        "%H:%M:%S"
    } else {
        "%a %d %b  %H:%M:%S"
    };
    time.to_zoned(zone.clone()).strftime(form).to_string()
}

/// How many equipment need somebody, on a ground that their colours are made for.
fn health_counts_ui(ui: &mut egui::Ui, data: &PanelData) -> Option<egui::Rect> {
    let counts = data.groups.of_plant();
    let abnormal = Health::ALL.into_iter().rev().filter_map(|health| {
        let count = counts.get(health as usize).copied().unwrap_or_default();
        (count > 0 && health != Health::Good).then_some((health, count))
    });
    let abnormal: Vec<_> = abnormal.collect();
    if abnormal.is_empty() {
        return None;
    }
    let palette = theme::of(ui.ctx());
    let frame = egui::Frame::new()
        .fill(palette.panel.egui())
        .stroke(egui::Stroke::new(1.0, palette.line.egui()))
        .corner_radius(egui::CornerRadius::same(theme::ROUNDING))
        .inner_margin(egui::Margin::symmetric(7, 2));
    let shown = frame.show(ui, |ui| {
        ui.spacing_mut().item_spacing.x = theme::SPACE_S;
        for (health, count) in abnormal {
            symbol::health_ui(ui, health);
            let text = egui::RichText::new(count.to_string()).color(palette.text.egui());
            ui.label(text).on_hover_text(symbol::health_meaning(health));
            ui.add_space(theme::SPACE_XS);
        }
    });
    Some(shown.response.rect)
}
