//! The alarm list: active ones first, with first-out, count and what to do.

use bevy_egui::egui;

use super::equipment_menu::equipment_menu_ui;
use super::legend::words;
use super::{PanelData, style};
use crate::command::Command;
use crate::model::Health;
use crate::model::alarm::{Alarm, AlarmCondition};
use crate::model::signal::{Priority, SignalRole};
use crate::viewer::overlay::label::value_text;
use crate::viewer::overlay::symbol;
use crate::viewer::theme;

/// What this panel keeps between frames.
#[derive(Debug, Default)]
pub struct Memory {}

/// Alarms that are listed at most.
const MOST: usize = 500;

/// The alarms; a click selects the equipment, a double click flies there.
pub fn alarms_ui(ui: &mut egui::Ui, data: &PanelData, _: &mut Memory, out: &mut Vec<Command>) {
    let alarms = data.view.twin.alarms();
    let active = alarms
        .iter()
        .filter(|alarm| alarm.cleared.is_none())
        .count();
    if alarms.is_empty() {
        let next = "Alarms come from the limits and faults that the kinds of equipment declare";
        let icon = egui_phosphor::regular::CHECK_CIRCLE;
        style::empty_ui(ui, icon, "No alarm", next);
        return;
    }
    ui.label(style::small(format!(
        "{active} active, {} returned",
        alarms.len() - active
    )));
    let mut order: Vec<&Alarm> = alarms.iter().take(MOST).collect();
    order.sort_by_key(|alarm| {
        let is_active = alarm.cleared.is_none();
        (
            std::cmp::Reverse((
                is_active,
                if is_active {
                    alarm.priority
                } else {
                    Priority::Low
                },
            )),
            std::cmp::Reverse(alarm.raised),
        )
    });
    ui.spacing_mut().item_spacing.y = 0.0;
    egui::ScrollArea::vertical().auto_shrink(false).show_rows(
        ui,
        theme::ROW,
        order.len(),
        |ui, range| {
            for alarm in order.get(range).unwrap_or_default() {
                row_ui(ui, data, alarm, out);
            }
        },
    );
}

fn row_ui(ui: &mut egui::Ui, data: &PanelData, alarm: &Alarm, out: &mut Vec<Command>) {
    let plant = data.view.twin.plant();
    let (Some(one), signal) = (plant.equipment(alarm.equipment), plant.signal(alarm.signal)) else {
        return;
    };
    let (rect, response) = ui.allocate_exact_size(
        egui::vec2(ui.available_width(), theme::ROW),
        egui::Sense::click(),
    );
    let palette = theme::of(ui.ctx());
    if response.hovered() {
        ui.painter()
            .rect_filled(rect, theme::ROUNDING, palette.hover.egui());
    }
    let is_active = alarm.cleared.is_none();
    let ink = if is_active {
        palette.text
    } else {
        palette.text_weak
    }
    .egui();
    let text = |text: String| egui::RichText::new(text).color(ink);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    let builder = egui::UiBuilder::new()
        .max_rect(rect.shrink2(egui::vec2(4.0, 0.0)))
        .layout(layout);
    ui.scope_builder(builder, |ui| {
        if is_active {
            let role = signal.map(|signal| signal.spec.role);
            symbol::health_ui(ui, health_of(alarm.condition, role));
        } else {
            let (space, returned) =
                ui.allocate_exact_size(egui::Vec2::splat(theme::SYMBOL_SIZE), egui::Sense::hover());
            ui.painter().text(
                space.center(),
                egui::Align2::CENTER_CENTER,
                egui_phosphor::regular::CHECK,
                egui::FontId::proportional(theme::TEXT_SIZE),
                ink,
            );
            returned.on_hover_text("Returned: what it said is no longer so");
        }
        ui.label(text(clock_text(data, alarm.raised)).monospace())
            .on_hover_text("When it was raised");
        ui.label(text(one.name.to_string()).strong());
        let unit = signal.map_or("", |signal| signal.spec.unit.symbol);
        // A fault says by itself what it is, if its kind describes it.
        let mut says = match signal.map(|signal| &*signal.spec.description) {
            Some(fault) if alarm.condition == AlarmCondition::Fault && !fault.is_empty() => {
                fault.to_owned()
            }
            _ => {
                let name = signal.map_or("", |signal| &signal.spec.name);
                words(&alarm_words(name, alarm.condition))
            }
        };
        if let Some(limit) = alarm.limit {
            let limit = value_text(crate::model::Value::Float(limit), unit);
            says += &format!(": {} (limit {limit})", value_text(alarm.value, unit));
        }
        if alarm.count > 1 {
            says += &format!("  ×{}", alarm.count);
        }
        if alarm.is_first_out {
            ui.label(text(egui_phosphor::regular::FLAG.to_owned()))
                .on_hover_text("First of its line: the likely cause");
        }
        ui.add(egui::Label::new(text(says)).truncate());
    });
    let limits = signal.and_then(|signal| signal.spec.limits.as_ref());
    let mut hint = format!("{} priority", priority_word(alarm.priority));
    if alarm.count > 1 {
        hint += &format!(", raised {} times", alarm.count);
    }
    if let Some(limits) = limits.filter(|limits| !limits.response.is_empty()) {
        hint += &format!("\n{}\n{}", limits.consequence, limits.response);
    }
    response.context_menu(|ui| equipment_menu_ui(ui, data, alarm.equipment, out));
    let response = response.on_hover_text(hint);
    if response.double_clicked() {
        out.push(Command::Focus(one.path.clone()));
    } else if response.clicked() {
        out.push(match signal {
            Some(_) => Command::SelectSignal(plant.signal_path(alarm.signal).into()),
            None => Command::Select(one.path.clone()),
        });
    }
}

const fn priority_word(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "Low",
        Priority::Medium => "Medium",
        Priority::High => "High",
        Priority::Critical => "Critical",
    }
}

/// Time of day in the plant's time zone.
pub fn clock_text(data: &PanelData, time: crate::model::Timestamp) -> String {
    let time: jiff::Timestamp = time.into();
    let zone = data.view.twin.plant().calendar.time_zone.clone();
    time.to_zoned(zone).strftime("%H:%M:%S").to_string()
}

/// What an alarm says: `bearing_wear too high`. A signal that is called after its fault is not named
/// twice.
pub fn alarm_words(signal: &str, condition: AlarmCondition) -> String {
    let says = condition_text(condition);
    if condition == AlarmCondition::Fault && signal == "fault" {
        says.to_owned()
    } else {
        format!("{signal} {says}")
    }
}

/// What a condition means, after the name of its signal.
const fn condition_text(condition: AlarmCondition) -> &'static str {
    match condition {
        AlarmCondition::LowLow => "far too low",
        AlarmCondition::Low => "too low",
        AlarmCondition::High => "too high",
        AlarmCondition::HighHigh => "far too high",
        AlarmCondition::Fault => "reports a fault",
        AlarmCondition::SensorBad => "has a bad sensor",
        AlarmCondition::Stale => "stopped coming",
    }
}

/// The health that a condition leads to (NE 107); worn parts want maintenance before they fail.
fn health_of(condition: AlarmCondition, role: Option<SignalRole>) -> Health {
    match condition {
        AlarmCondition::LowLow | AlarmCondition::HighHigh | AlarmCondition::Fault => {
            Health::Failure
        }
        AlarmCondition::High if role == Some(SignalRole::Wear) => Health::MaintenanceRequired,
        AlarmCondition::Low | AlarmCondition::High => Health::OutOfSpecification,
        AlarmCondition::SensorBad => Health::FunctionCheck,
        AlarmCondition::Stale => Health::Unknown,
    }
}
