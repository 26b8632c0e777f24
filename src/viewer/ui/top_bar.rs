//! The top bar: what the cursor reads, which plant, what time there, how it is doing, and what
//! colours it.

use bevy_egui::egui;

use super::{PanelData, menu, toggle};
use crate::command::{Command, Overlay, Panel};
use crate::model::Health;
use crate::viewer::overlay::symbol;
use crate::viewer::theme;

/// Overlays with icon, word and key.
pub const OVERLAYS: [(Overlay, &str, &str, &str); 5] = [
    (Overlay::None, egui_phosphor::regular::CUBE, "Plain", "1"),
    (
        Overlay::Health,
        egui_phosphor::regular::HEARTBEAT,
        "Health",
        "2",
    ),
    (
        Overlay::State,
        egui_phosphor::regular::TRAFFIC_SIGNAL,
        "State",
        "3",
    ),
    (
        Overlay::Heat,
        egui_phosphor::regular::THERMOMETER,
        "Heat",
        "4",
    ),
    (
        Overlay::DataAge,
        egui_phosphor::regular::CLOCK_COUNTDOWN,
        "Data age",
        "5",
    ),
];

/// Panels with icon and word.
pub const PANELS: [(Panel, &str, &str); 7] = [
    (
        Panel::Plant,
        egui_phosphor::regular::TREE_STRUCTURE,
        "Plant",
    ),
    (
        Panel::Inspector,
        egui_phosphor::regular::MAGNIFYING_GLASS,
        "Inspector",
    ),
    (Panel::Alarms, egui_phosphor::regular::BELL, "Alarms"),
    (
        Panel::Sources,
        egui_phosphor::regular::PLUGS_CONNECTED,
        "Sources",
    ),
    (Panel::Log, egui_phosphor::regular::LIST_BULLETS, "Log"),
    (Panel::Legend, egui_phosphor::regular::PALETTE, "Legend"),
    (Panel::Help, egui_phosphor::regular::QUESTION, "Help"),
];

/// The top bar.
pub fn top_bar_ui(
    ui: &mut egui::Ui,
    data: &PanelData,
    memory: &mut menu::Memory,
    out: &mut Vec<Command>,
) {
    bar_style(ui);
    ui.horizontal_centered(|ui| {
        menu::menu_ui(ui, data, memory, out);
        badge_ui(ui, data);
        ui.add_space(6.0);
        ui.label(
            egui::RichText::new(&*data.view.twin.plant().name)
                .color(theme::BAR_TEXT.egui())
                .size(theme::TEXT_SIZE_HEADING),
        );
        ui.label(
            egui::RichText::new(plant_time(data))
                .color(theme::BAR_TEXT_WEAK.egui())
                .monospace(),
        )
        .on_hover_text("Time at the cursor, in the plant's time zone");
        ui.add_space(10.0);
        health_counts_ui(ui, data);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            for (panel, icon, word) in PANELS.iter().rev() {
                let is_open = data.view.twin.view().is_open(*panel);
                if ui
                    .selectable_label(is_open, *icon)
                    .on_hover_text(*word)
                    .clicked()
                {
                    out.push(toggle(data, *panel));
                }
            }
            ui.separator();
            for (overlay, icon, word, key) in OVERLAYS.iter().rev() {
                let is_chosen = data.view.twin.view().overlay == *overlay;
                let text = if is_chosen {
                    format!("{icon} {word}")
                } else {
                    (*icon).to_owned()
                };
                let hint = format!("Overlay: {word} ({key})");
                if ui
                    .selectable_label(is_chosen, text)
                    .on_hover_text(hint)
                    .clicked()
                {
                    out.push(Command::SetOverlay(*overlay));
                }
            }
        });
    });
}

fn bar_style(ui: &mut egui::Ui) {
    let visuals = ui.visuals_mut();
    visuals.selection.bg_fill = theme::BAR_CHOSEN.egui();
    visuals.selection.stroke.color = theme::BAR_TEXT.egui();
    let widgets = &mut visuals.widgets;
    widgets.noninteractive.bg_stroke.color = theme::BAR_CHOSEN.egui();
    for widget in [
        &mut widgets.inactive,
        &mut widgets.hovered,
        &mut widgets.active,
    ] {
        widget.fg_stroke.color = theme::BAR_TEXT.egui();
        widget.weak_bg_fill = theme::BAR_CHOSEN.egui();
        widget.bg_fill = theme::BAR_CHOSEN.egui();
    }
}

fn badge_ui(ui: &mut egui::Ui, data: &PanelData) {
    let mode = data.view.twin.mode();
    egui::Frame::new()
        .fill(theme::mode(mode).egui())
        .corner_radius(egui::CornerRadius::same(theme::ROUNDING))
        .inner_margin(egui::Margin::symmetric(10, 3))
        .show(ui, |ui| {
            ui.label(
                egui::RichText::new(theme::mode_word(mode))
                    .color(theme::HALO.egui())
                    .strong(),
            );
        })
        .response
        .on_hover_text("What you see: the present, a recorded past, or a simulated future");
}

/// Date and time of the snapshot in the plant's time zone.
pub fn plant_time(data: &PanelData) -> String {
    let time: jiff::Timestamp = data.view.snapshot.time.into();
    let zone = &data.view.twin.plant().calendar.time_zone;
    time.to_zoned(zone.clone())
        .strftime("%a %d %b  %H:%M:%S")
        .to_string()
}

fn health_counts_ui(ui: &mut egui::Ui, data: &PanelData) {
    let counts = data.groups.of_plant();
    for health in Health::ALL.into_iter().rev() {
        let count = counts.get(health as usize).copied().unwrap_or_default();
        if count == 0 || health == Health::Good {
            continue;
        }
        symbol::health_ui(ui, health);
        ui.label(egui::RichText::new(count.to_string()).color(theme::BAR_TEXT.egui()))
            .on_hover_text(health.label());
    }
}
