//! Inspector of the selection: every signal with value, quality, age, limits, its last minutes and
//! where it comes from.

use bevy_egui::egui;

use super::action::{Deed, hint};
use super::legend::words;
use super::spark::spark_ui;
use super::{PanelData, style};
use crate::command::Command;
use crate::history::Bucket;
use crate::model::signal::{Signal, ValueType};
use crate::model::{EquipmentId, Freshness, OperatingState, SignalId, Snapshot};
use crate::viewer::navigation::heat_map;
use crate::viewer::overlay::label::value_text;
use crate::viewer::overlay::{heat, symbol};
use crate::viewer::theme;

/// What this panel keeps between frames.
#[derive(Debug, Default)]
pub struct Memory {
    buckets: Vec<Bucket>,
}

/// Height of a signal's sparkline, below its name and value, points.
const SPARK_HEIGHT: f32 = 20.0;

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
        let next = "Click equipment in the plant or in the tree, or search for it with Ctrl+K";
        let icon = egui_phosphor::regular::CURSOR_CLICK;
        style::empty_ui(ui, icon, "Nothing is selected", next);
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
                let next = "Its kind declares none: add some in assets/kinds or the scene";
                style::empty_ui(ui, egui_phosphor::regular::WAVE_SINE, "No signals", next);
            }
        });
}

fn head_ui(ui: &mut egui::Ui, data: &PanelData, id: EquipmentId, out: &mut Vec<Command>) {
    let Some(one) = data.view.twin.plant().equipment(id) else {
        return;
    };
    let snapshot = &data.view.snapshot;
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let fly = ui.button(egui_phosphor::regular::CROSSHAIR);
            if fly.on_hover_text(hint("Fly there", Deed::Focus)).clicked() {
                out.push(Command::Focus(one.path.clone()));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let name = egui::RichText::new(&*one.name).size(theme::TEXT_SIZE_TITLE);
                ui.add(egui::Label::new(name.strong()).truncate());
            });
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
    let is_chosen = data.view.twin.view().signal == Some(id);
    // A flag or a word says all in its first line; a number has a past worth a line of its own.
    let has_spark = matches!(
        signal.spec.value_type,
        ValueType::Float | ValueType::Integer
    );
    let spark_height = if has_spark { SPARK_HEIGHT } else { 0.0 };
    let size = egui::vec2(ui.available_width(), theme::ROW + spark_height);
    let (rect, response) = ui.allocate_exact_size(size, egui::Sense::click());
    response.widget_info(|| {
        let name = words(&signal.spec.name);
        egui::WidgetInfo::selected(egui::WidgetType::SelectableLabel, true, is_chosen, name)
    });
    let palette = theme::of(ui.ctx());
    if is_chosen || response.hovered() {
        let fill = if is_chosen {
            palette.chosen
        } else {
            palette.hover
        };
        ui.painter().rect_filled(rect, theme::ROUNDING, fill.egui());
    }
    let inner = rect.shrink2(egui::vec2(theme::SPACE_S, 0.0));
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let first = inner.with_max_y(inner.top() + theme::ROW);
    let builder = egui::UiBuilder::new().max_rect(first).layout(layout);
    // The row has its space already: what is in it takes none of its own.
    let line = &mut ui.new_child(builder);
    signal_line_ui(line, snapshot, id, signal);
    if has_spark {
        let below = inner.with_min_y(inner.top() + theme::ROW - theme::SPACE_XS);
        let below = below.with_max_y(inner.bottom() - theme::SPACE_S);
        spark_ui(ui, below, data, &mut memory.buckets, id, signal);
    }
    let response = response.on_hover_text(&*signal.spec.description);
    if response.clicked() {
        out.push(Command::SelectSignal(
            data.view.twin.plant().signal_path(id).into(),
        ));
    }
}

/// Name, value and quality of a signal in one line.
fn signal_line_ui(ui: &mut egui::Ui, snapshot: &Snapshot, id: SignalId, signal: &Signal) {
    let at = id.index();
    let freshness = snapshot.freshness.get(at).copied().unwrap_or_default();
    let is_usable = snapshot
        .qualities
        .get(at)
        .is_some_and(|quality| quality.is_usable());
    let value = snapshot
        .values
        .get(at)
        .copied()
        .unwrap_or(crate::model::Value::Null);
    let text = match freshness {
        Freshness::NeverReceived | Freshness::NotSimulated => egui::RichText::new("–"),
        _ => egui::RichText::new(value_text(value, signal.spec.unit.symbol)),
    };
    let text = match (freshness, is_usable) {
        (Freshness::Fresh, true) => text.strong(),
        (Freshness::Fresh, false) => text.strikethrough().weak(),
        _ => text.italics().weak(),
    };
    ui.label(text);
    if let Some((mark, meaning)) = quality_mark(freshness, is_usable) {
        ui.label(style::small(mark)).on_hover_text(meaning);
    }
    ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
        ui.add(egui::Label::new(words(&signal.spec.name)).truncate());
    });
}

/// The mark beside a value that is not as good as it could be, and what it means.
const fn quality_mark(
    freshness: Freshness,
    is_usable: bool,
) -> Option<(&'static str, &'static str)> {
    match (freshness, is_usable) {
        (Freshness::NeverReceived, _) => Some((
            egui_phosphor::regular::CIRCLE_DASHED,
            "Never received: see its topic, and the sources",
        )),
        (Freshness::Stale, _) => Some((
            egui_phosphor::regular::CLOCK_COUNTDOWN,
            "Stale: too old, or its connection is dead",
        )),
        (Freshness::NotSimulated, _) => Some((
            egui_phosphor::regular::FLASK,
            "Not simulated: the simulation of this future does not make this signal",
        )),
        (Freshness::NotKept, _) => Some((
            egui_phosphor::regular::DATABASE,
            "Not kept: the history of that time was dropped for want of memory",
        )),
        (Freshness::Fresh, false) => Some((
            egui_phosphor::regular::PROHIBIT,
            "Bad: its source says that the value is not to be used",
        )),
        (Freshness::Fresh, true) => None,
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
                .on_hover_text(hint("On every equipment that has it", Deed::HeatMap))
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
