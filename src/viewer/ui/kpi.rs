//! The indicators of the plant in a strip: throughput, work in process, OEE with its factors, energy.
//! Each opens what it is made of, and from there leads to the signals.

use bevy_egui::egui;

use super::alarms::clock_text;
use super::{PanelData, style};
use crate::command::Command;
use crate::kpi::{Energy, Kpis, Oee, Throughput, WorkInProcess};
use crate::model::{EquipmentId, OperatingState, Plant, SignalId};
use crate::twin::Mode;
use crate::viewer::theme;

/// Rows of a list of parts at most.
const ROWS: usize = 10;

/// The strip.
pub fn kpi_ui(ui: &mut egui::Ui, data: &PanelData, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        // As high as its largest text, so that all of it stands on one line.
        ui.set_min_height(1.5 * theme::TEXT_SIZE_HEADING);
        let Some(kpis) = data.kpis else {
            ui.label(style::weak("Indicators come with the first values"));
            return;
        };
        let plant = &**data.view.twin.plant();
        let length = kpis.to.secs_since(kpis.from);
        // While the cursor moves they are a little behind: they say of when they are.
        let span = match data.view.twin.mode() {
            Mode::Live => covered(length),
            Mode::Replay | Mode::WhatIf => {
                format!("{} to {}", covered(length), clock_text(data, kpis.to))
            }
        };
        ui.label(style::weak(span))
            .on_hover_text("The time that the indicators cover, up to the cursor");
        let value = kpis
            .throughput
            .as_ref()
            .map(|each| number(each.per_hour, "/h"));
        tile_ui(ui, "Throughput", value, "", |ui| match &kpis.throughput {
            Some(made) => throughput_ui(ui, plant, made, out),
            None => missing_ui(
                ui,
                "No exit of the plant has a counter of parts that speaks",
            ),
        });
        let value = kpis
            .work_in_process
            .as_ref()
            .map(|each| each.parts.to_string());
        tile_ui(ui, "Work in process", value, "", |ui| {
            match &kpis.work_in_process {
                Some(inside) => inside_ui(ui, plant, inside, out),
                None => missing_ui(ui, "Nothing that reports its contents speaks"),
            }
        });
        let value = kpis.oee.as_ref().map(|each| percent(each.oee));
        let factors = kpis.oee.as_ref().map_or_else(String::new, factors);
        tile_ui(ui, "OEE", value, &factors, |ui| match &kpis.oee {
            Some(oee) => oee_ui(ui, plant, oee, out),
            None => missing_ui(
                ui,
                "No station with a counter was planned to work, or none was heard",
            ),
        });
        let value = kpis.energy.as_ref().map(|each| number(each.mean_kw, " kW"));
        let sum = kpis.energy.as_ref();
        let sum = sum.map_or_else(String::new, |each| number(each.kwh, " kWh"));
        tile_ui(ui, "Power", value, &sum, |ui| match &kpis.energy {
            Some(energy) => energy_ui(ui, plant, energy, out),
            None => missing_ui(ui, "No power signal speaks"),
        });
    });
}

fn covered(secs: f64) -> String {
    if secs < 90.0 {
        format!("Last {secs:.0} s")
    } else {
        format!("Last {:.0} min", secs / 60.0)
    }
}

fn number(value: f64, unit: &str) -> String {
    if value.abs() < 10.0 {
        format!("{value:.1}{unit}")
    } else {
        format!("{value:.0}{unit}")
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

fn factors(oee: &Oee) -> String {
    let factor = |share: Option<f64>| share.map_or_else(|| "–".to_owned(), percent);
    format!(
        "A {} · E {} · Q {}",
        percent(oee.availability),
        factor(oee.effectiveness),
        factor(oee.quality)
    )
}

/// One indicator: a name, a value and what belongs to it; a click opens `made_of`.
fn tile_ui(
    ui: &mut egui::Ui,
    name: &str,
    value: Option<String>,
    beside: &str,
    made_of: impl FnOnce(&mut egui::Ui),
) {
    ui.separator();
    let mut text = egui::text::LayoutJob::default();
    let palette = theme::of(ui.ctx());
    let mut part = |words: &str, size: f32, colour: theme::Rgb| {
        let format = egui::TextFormat {
            font_id: egui::FontId::proportional(size),
            color: colour.egui(),
            valign: egui::Align::Center,
            ..egui::TextFormat::default()
        };
        text.append(words, 0.0, format);
    };
    part(&format!("{name}  "), theme::TEXT_SIZE, palette.text_weak);
    let words = value.as_deref().unwrap_or("n/a");
    part(words, theme::TEXT_SIZE_HEADING, palette.text);
    if !beside.is_empty() {
        part(&format!("  {beside}"), theme::TEXT_SIZE, palette.text_weak);
    }
    let button = egui::Button::new(text).frame_when_inactive(false);
    let button = ui.add(button).on_hover_text("Show what it is made of");
    egui::Popup::menu(&button)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .show(|ui| {
            ui.set_min_width(260.0);
            made_of(ui);
        });
}

fn missing_ui(ui: &mut egui::Ui, why: &str) {
    ui.label(style::weak(why));
}

/// A row that leads to a signal: name of its equipment, and a value.
fn signal_row(
    ui: &mut egui::Ui,
    plant: &Plant,
    signal: SignalId,
    value: String,
    out: &mut Vec<Command>,
) {
    let Some(equipment) = plant
        .signal(signal)
        .and_then(|of| plant.equipment(of.equipment))
    else {
        return;
    };
    let row = ui.button(&*equipment.name);
    if row
        .on_hover_text("Select the signal it is read from")
        .clicked()
    {
        out.push(Command::SelectSignal(plant.signal_path(signal).into()));
    }
    ui.label(value);
    ui.end_row();
}

fn equipment_row(
    ui: &mut egui::Ui,
    plant: &Plant,
    id: EquipmentId,
    value: String,
    out: &mut Vec<Command>,
) {
    let Some(equipment) = plant.equipment(id) else {
        return;
    };
    let row = ui.button(&*equipment.name);
    if row.on_hover_text("Select it").clicked() {
        out.push(Command::Select(std::sync::Arc::clone(&equipment.path)));
    }
    ui.label(value);
    ui.end_row();
}

fn throughput_ui(ui: &mut egui::Ui, plant: &Plant, made: &Throughput, out: &mut Vec<Command>) {
    ui.label(format!("{:.0} good parts left the plant", made.parts));
    ui.label(style::weak("Counted where parts leave it:"));
    egui::Grid::new("throughput").show(ui, |ui| {
        for &counter in made.counters.iter().take(ROWS) {
            signal_row(ui, plant, counter, String::new(), out);
        }
    });
}

fn inside_ui(ui: &mut egui::Ui, plant: &Plant, inside: &WorkInProcess, out: &mut Vec<Command>) {
    let of = inside.known + inside.silent;
    let text = format!("{} of {of} that report their contents speak", inside.known);
    ui.label(text);
    let mut most: Vec<_> = inside.by_equipment.iter().collect();
    most.sort_by_key(|(_, _, parts)| std::cmp::Reverse(*parts));
    egui::Grid::new("inside").show(ui, |ui| {
        for (_, signal, parts) in most.into_iter().take(ROWS) {
            signal_row(ui, plant, *signal, parts.to_string(), out);
        }
    });
}

fn oee_ui(ui: &mut egui::Ui, plant: &Plant, oee: &Oee, out: &mut Vec<Command>) {
    let made_of = &oee.made_of;
    let hours = |secs: f64| format!("{:.2} h", secs / 3600.0);
    ui.label("OEE = availability · effectiveness · quality (ISO 22400)");
    egui::Grid::new("oee").show(ui, |ui| {
        let mut row = |name: &str, value: String| {
            ui.label(style::weak(name));
            ui.label(value);
            ui.end_row();
        };
        row("Planned busy time", hours(made_of.planned_busy_s));
        row("In production", hours(made_of.production_s));
        row("Planned for the parts made", hours(made_of.planned_run_s));
        row("Parts made", format!("{:.0}", made_of.produced));
        row("Good", format!("{:.0}", made_of.good));
        for (state, secs) in OperatingState::ALL.into_iter().zip(made_of.by_state_s) {
            let is_loss = !matches!(state, OperatingState::Execute | OperatingState::Unknown);
            if is_loss && secs > 0.0 {
                row(theme::state_word(state), hours(secs));
            }
        }
        if made_of.unknown_s > 0.0 {
            row("Nobody knows, not counted", hours(made_of.unknown_s));
        }
    });
    ui.separator();
    ui.label(style::weak("Least effective stations"));
    egui::Grid::new("stations").show(ui, |ui| {
        for unit in oee.units.iter().take(ROWS) {
            equipment_row(ui, plant, unit.id, percent(unit.oee), out);
        }
    });
}

fn energy_ui(ui: &mut egui::Ui, plant: &Plant, energy: &Energy, out: &mut Vec<Command>) {
    let text = format!(
        "{} measured, power known in {} of the time",
        number(energy.kwh, " kWh"),
        percent(energy.coverage)
    );
    ui.label(text);
    egui::Grid::new("energy").show(ui, |ui| {
        for (_, signal, kwh) in energy.by_equipment.iter().take(ROWS) {
            signal_row(ui, plant, *signal, format!("{kwh:.2} kWh"), out);
        }
    });
}

/// Whether there is anything to show: a plant without counters, contents and power has no strip.
pub fn is_told(kpis: Option<&Kpis>) -> bool {
    kpis.is_some_and(|kpis| {
        kpis.throughput.is_some()
            || kpis.work_in_process.is_some()
            || kpis.oee.is_some()
            || kpis.energy.is_some()
    })
}
