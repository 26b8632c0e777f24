//! What the plant's own telemetry says of the parameters that its scene assumes, and which machines are
//! simulated with it.

use bevy_egui::egui;
use egui_phosphor::regular as icon;

use super::tables::{element_ui, heading_ui, percent};
use crate::command::{Command, Parameters};
use crate::futures::calibrate::{Calibration, Item, Machine, Share, words};
use crate::model::Timestamp;
use crate::twin::{Calibrating, Known};
use crate::viewer::theme;
use crate::viewer::ui::action::file_name;
use crate::viewer::ui::alarms::clock_text;
use crate::viewer::ui::{PanelData, style};

/// The section of the panel.
pub fn parameters_ui(ui: &mut egui::Ui, data: &PanelData, out: &mut Vec<Command>) {
    heading_ui(ui, "Is the model right?");
    let look = |ui: &mut egui::Ui, text: &str, out: &mut Vec<Command>| {
        let text = format!("{}  {text}", icon::RULER);
        let says = "Compare what the scene assumes of cycles, set-ups, failures, repairs, scrap and routes \
                    with what was observed: in the selected range of the timeline, or in all that is \
                    recorded";
        if ui.button(text).on_hover_text(says).clicked() {
            out.push(Command::Calibrate);
        }
    };
    let Some(calibration) = data.view.twin.calibration() else {
        return look(ui, "Compare with what was observed", out);
    };
    match calibration.observed() {
        Known::UnderWay(done, of) => {
            ui.label(style::small(format!("{done} of {of} machines looked at…")));
        }
        Known::Nothing(why) => {
            ui.add(egui::Label::new(style::small(why.to_string())).wrap());
            look(ui, "Look again", out);
        }
        Known::Told(told) => {
            let span = |at: Timestamp| clock_text(data, at);
            let says = format!("Observed from {} to {}", span(told.from), span(told.to));
            ui.add(egui::Label::new(style::small(says)).wrap());
            buttons_ui(ui, data, calibration, out);
            machines_ui(ui, data, calibration, told, out);
            look(ui, "Look again", out);
        }
    }
}

fn buttons_ui(
    ui: &mut egui::Ui,
    data: &PanelData,
    calibration: &Calibrating,
    out: &mut Vec<Command>,
) {
    let count = calibration.accepted().count();
    ui.horizontal_wrapped(|ui| {
        if ui
            .button("Use all")
            .on_hover_text("Simulate every machine with what was observed of it")
            .clicked()
        {
            out.push(Command::UseParameters("".into(), Parameters::Observed));
        }
        ui.add_enabled_ui(count > 0, |ui| {
            if ui
                .button("Use none")
                .on_hover_text("Simulate every machine with what the scene assumes")
                .clicked()
            {
                out.push(Command::UseParameters("".into(), Parameters::Assumed));
            }
            if ui
                .button("Write…")
                .on_hover_text(
                    "Write what is used into a scenario file, for simulate --calibration and for the scene",
                )
                .clicked()
            {
                out.push(Command::SaveCalibration(file_name(data, "toml")));
            }
        });
    });
}

/// Those that differ most from what is assumed first.
fn machines_ui(
    ui: &mut egui::Ui,
    data: &PanelData,
    calibration: &Calibrating,
    told: &Calibration,
    out: &mut Vec<Command>,
) {
    let mut machines: Vec<&Machine> = told.machines.iter().collect();
    machines.sort_by_key(|machine| std::cmp::Reverse(differences(machine)));
    for machine in machines {
        let mut is_used = calibration.is_accepted(&machine.path);
        ui.horizontal(|ui| {
            let box_ui = ui
                .checkbox(&mut is_used, "")
                .on_hover_text("Simulate it with what was observed");
            if box_ui.changed() {
                let from = match is_used {
                    true => Parameters::Observed,
                    false => Parameters::Assumed,
                };
                out.push(Command::UseParameters(machine.path.clone(), from));
            }
            element_ui(ui, data.view.twin.plant(), &machine.path, out);
        });
        for item in &machine.items {
            line_ui(ui, &item_words(item), item.differs(), &follows(item));
        }
        let scrap = machine
            .scrap
            .iter()
            .map(|share| ("scrap".to_owned(), share));
        let routes = machine.routes.iter();
        let routes = routes.map(|share| (format!("to {}", share.what), share));
        for (what, share) in scrap.chain(routes) {
            line_ui(ui, &share_words(&what, share), share_differs(share), "");
        }
        for note in &machine.notes {
            line_ui(ui, note, false, "");
        }
    }
}

fn differences(machine: &Machine) -> usize {
    let shares = machine.scrap.iter().chain(&machine.routes);
    machine.items.iter().filter(|item| item.differs()).count()
        + shares.filter(|share| share_differs(share)).count()
}

fn line_ui(ui: &mut egui::Ui, says: &str, differs: bool, more: &str) {
    ui.horizontal_top(|ui| {
        ui.add_space(theme::SPACE_L);
        let mark = if differs { "≠ " } else { "" };
        let text = egui::RichText::new(format!("{mark}{says}")).small();
        let text = if differs { text.strong() } else { text.weak() };
        let label = ui.add(egui::Label::new(text).wrap());
        if !more.is_empty() {
            label.on_hover_text(more);
        }
    });
}

/// *repair 512 s (430 to 604) of 21, few; assumed 600 s*
fn item_words(item: &Item) -> String {
    let what = item.quantity.name();
    let assumed = item.assumed_mean_secs;
    let assumed = assumed.map_or_else(String::new, |secs| format!("; assumed {}", time(secs)));
    let Some(fit) = &item.fit else {
        return format!("{what} not observed{assumed}");
    };
    let mean = &fit.mean;
    let interval = match mean.high.is_finite() {
        true => format!("{} to {}", time(mean.low), time(mean.high)),
        false => "could be anything".to_owned(),
    };
    let few = if item.is_few() { ", few" } else { "" };
    format!(
        "{what} {} ({interval}) of {}{few}{assumed}",
        time(mean.value),
        item.observed
    )
}

fn follows(item: &Item) -> String {
    let Some(fit) = &item.fit else {
        return String::new();
    };
    let poor = if fit.is_poor() { ", a poor fit" } else { "" };
    let chance = fit.goodness.map_or_else(String::new, |goodness| {
        format!(
            "\nChance alone agrees worse in {} of cases (Anderson–Darling, bootstrap)",
            percent(goodness.p_value)
        )
    });
    format!("It follows {}{poor}{chance}", words(&fit.distribution))
}

fn share_differs(share: &Share) -> bool {
    let found = &share.found;
    let is_off = |assumed: f64| !(found.low..=found.high).contains(&assumed);
    share.assumed.is_some_and(is_off)
}

fn share_words(what: &str, share: &Share) -> String {
    let found = &share.found;
    let of = |share: f64| format!("{:.1} %", 100.0 * share);
    let assumed = share.assumed;
    let assumed = assumed.map_or_else(String::new, |share| format!("; assumed {}", of(share)));
    format!(
        "{what} {} ({} to {}) of {}{assumed}",
        of(found.share()),
        of(found.low),
        of(found.high),
        found.of
    )
}

/// *41.2 s*, *12.5 min*, *3.4 h*.
fn time(secs: f64) -> String {
    match secs {
        ..100.0 => format!("{secs:.1} s"),
        ..6_000.0 => format!("{:.1} min", secs / 60.0),
        _ => format!("{:.1} h", secs / 3_600.0),
    }
}
