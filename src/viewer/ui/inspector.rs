//! Inspector of the selection: every signal with value, quality, age, limits, its last minutes and
//! where it comes from.

use bevy_egui::egui;

use super::legend::words;
use super::spark::spark_ui;
use super::{PanelData, style};
use crate::command::Command;
use crate::history::Bucket;
use crate::model::signal::Signal;
use crate::model::{EquipmentId, Freshness, OperatingState, SignalId};
use crate::viewer::navigation::heat_map;
use crate::viewer::overlay::label::value_text;
use crate::viewer::overlay::{heat, symbol};
use crate::viewer::theme;

/// What this panel keeps between frames.
#[derive(Debug, Default)]
pub struct Memory {
    buckets: Vec<Bucket>,
}

/// Share of a row's width that its sparkline takes.
const SPARK_SHARE: f32 = 0.34;
/// Height of a sparkline, points.
const SPARK_HEIGHT: f32 = 16.0;

/// The selected equipment.
pub fn inspector_ui(
    ui: &mut egui::Ui,
    data: &PanelData,
    memory: &mut Memory,
    out: &mut Vec<Command>,
) {
    let plant = data.view.twin.plant();
    let chosen = data.view.twin.view();
    let Some((id, one)) = chosen
        .selection
        .and_then(|id| Some((id, plant.equipment(id)?)))
    else {
        ui.label(style::weak("Select equipment in the plant or in the tree"));
        return;
    };
    head_ui(ui, data, id, out);
    ui.separator();
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            for signal_id in one.signal_ids() {
                let Some(signal) = plant.signal(signal_id) else {
                    continue;
                };
                signal_ui(ui, data, memory, signal_id, signal, out);
                if chosen.signal == Some(signal_id) {
                    detail_ui(ui, data, signal_id, signal, out);
                }
            }
            if one.signals.is_empty() {
                ui.label(style::weak("It has no signals"));
            }
        });
}

fn head_ui(ui: &mut egui::Ui, data: &PanelData, id: EquipmentId, out: &mut Vec<Command>) {
    let Some(one) = data.view.twin.plant().equipment(id) else {
        return;
    };
    let snapshot = &data.view.snapshot;
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new(&*one.name).heading());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let fly = ui.button(egui_phosphor::regular::CROSSHAIR);
            if fly.on_hover_text("Fly there (F)").clicked() {
                out.push(Command::Focus(one.path.clone()));
            }
        });
    });
    ui.add(
        egui::Label::new(style::small(format!("{}  ·  {}", one.kind.name, one.path))).truncate(),
    );
    let state = snapshot.states.get(id.index()).copied().unwrap_or_default();
    if state != OperatingState::Unknown {
        ui.horizontal(|ui| {
            symbol::state_ui(ui, state);
            ui.label(theme::state_word(state));
            let since = snapshot
                .state_since
                .get(id.index())
                .copied()
                .unwrap_or_default();
            ui.label(style::small(format!(
                "for {}",
                age_text(snapshot.time.secs_since(since))
            )));
        });
    }
    if let Some(status) = snapshot.health.get(id.index()) {
        ui.horizontal(|ui| {
            symbol::health_ui(ui, status.health);
            ui.label(status.health.label());
            let cause = status
                .signal
                .and_then(|signal| data.view.twin.plant().signal(signal));
            if let Some(cause) = cause {
                ui.label(style::small(words(&cause.spec.name)));
            }
        });
    }
}

fn signal_ui(
    ui: &mut egui::Ui,
    data: &PanelData,
    memory: &mut Memory,
    id: SignalId,
    signal: &Signal,
    out: &mut Vec<Command>,
) {
    let snapshot = &data.view.snapshot;
    let at = id.index();
    let freshness = snapshot.freshness.get(at).copied().unwrap_or_default();
    let is_usable = snapshot
        .qualities
        .get(at)
        .is_some_and(|quality| quality.is_usable());
    let is_chosen = data.view.twin.view().signal == Some(id);
    let size = egui::vec2(ui.available_width(), 22.0);
    let (rect, response) = ui.allocate_exact_size(size, egui::Sense::click());
    if is_chosen || response.hovered() {
        let fill = if is_chosen {
            theme::CHOSEN
        } else {
            theme::HOVER
        };
        ui.painter().rect_filled(rect, theme::ROUNDING, fill.egui());
    }
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let builder = egui::UiBuilder::new()
        .max_rect(rect.shrink2(egui::vec2(4.0, 0.0)))
        .layout(layout);
    ui.scope_builder(builder, |ui| {
        let size = egui::vec2(rect.width() * SPARK_SHARE, SPARK_HEIGHT);
        spark_ui(ui, size, data, &mut memory.buckets, id, signal);
        let value = snapshot
            .values
            .get(at)
            .copied()
            .unwrap_or(crate::model::Value::Null);
        let text = match freshness {
            Freshness::NeverReceived => egui::RichText::new("–"),
            _ => egui::RichText::new(value_text(value, signal.spec.unit.symbol)),
        };
        let text = match (freshness, is_usable) {
            (Freshness::Fresh, true) => text,
            (Freshness::Fresh, false) => text.strikethrough().color(theme::TEXT_WEAK.egui()),
            _ => text.italics().color(theme::TEXT_WEAK.egui()),
        };
        ui.add(egui::Label::new(text).truncate());
        if freshness == Freshness::Stale {
            ui.label(style::small(egui_phosphor::regular::CLOCK_COUNTDOWN))
                .on_hover_text("Stale: too old, or its connection is dead");
        }
        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.add(egui::Label::new(words(&signal.spec.name)).truncate());
        });
    });
    let response = response.on_hover_text(&*signal.spec.description);
    if response.clicked() {
        out.push(Command::SelectSignal(
            data.view.twin.plant().signal_path(id).into(),
        ));
    }
}

/// Everything known of one signal.
fn detail_ui(
    ui: &mut egui::Ui,
    data: &PanelData,
    id: SignalId,
    signal: &Signal,
    out: &mut Vec<Command>,
) {
    let snapshot = &data.view.snapshot;
    let at = id.index();
    let mut rows: Vec<(&str, String)> = Vec::new();
    if snapshot.freshness.get(at) != Some(&Freshness::NeverReceived) {
        if let Some(time) = snapshot.times.get(at) {
            rows.push(("Age", age_text(snapshot.time.secs_since(*time))));
        }
        if let Some(quality) = snapshot.qualities.get(at) {
            rows.push(("Quality", quality.to_string()));
        }
    } else {
        rows.push(("Age", "never received".to_owned()));
    }
    let unit = signal.spec.unit.symbol;
    let number = |value: f64| value_text(crate::model::Value::Float(value), unit);
    if let Some([low, high]) = signal.spec.range {
        rows.push(("Range", format!("{} to {}", number(low), number(high))));
    }
    if let Some(limits) = &signal.spec.limits {
        let named = [
            ("LL", limits.low_low),
            ("L", limits.low),
            ("H", limits.high),
            ("HH", limits.high_high),
        ];
        let text: Vec<String> = named
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name} {}", number(value?))))
            .collect();
        rows.push(("Limits", text.join("  ")));
        if !limits.response.is_empty() {
            rows.push(("Response", limits.response.to_string()));
        }
    }
    match data.view.twin.plant().binding(id) {
        Some(binding) => {
            rows.push(("Topic", binding.topic.to_string()));
            if !binding.field.is_empty() {
                rows.push(("Field", binding.field.to_string()));
            }
        }
        None => rows.push(("Topic", "nothing is bound to it".to_owned())),
    }
    ui.indent(("detail", id.0), |ui| {
        egui::Grid::new(("detail", id.0))
            .num_columns(2)
            .spacing([10.0, 2.0])
            .show(ui, |ui| {
                for (name, text) in rows {
                    ui.label(style::small(name));
                    ui.add(egui::Label::new(egui::RichText::new(text).small()).wrap());
                    ui.end_row();
                }
            });
        if heat::suits(signal) {
            let text = format!("{} Show as heat", egui_phosphor::regular::THERMOMETER);
            let button = ui.button(egui::RichText::new(text).small());
            if button
                .on_hover_text("On every equipment that has it (M)")
                .clicked()
            {
                out.extend(heat_map(signal));
            }
        }
    });
}

/// An age as people say it.
pub fn age_text(secs: f64) -> String {
    match secs {
        secs if !secs.is_finite() || secs < 0.0 => "0 s".to_owned(),
        secs if secs < 10.0 => format!("{secs:.1} s"),
        secs if secs < 120.0 => format!("{secs:.0} s"),
        secs if secs < 7_200.0 => format!("{:.0} min", secs / 60.0),
        secs if secs < 172_800.0 => format!("{:.0} h", secs / 3_600.0),
        secs if secs < 1e9 => format!("{:.0} d", secs / 86_400.0),
        _ => "unknown".to_owned(),
    }
}
