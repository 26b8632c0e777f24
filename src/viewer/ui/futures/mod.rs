//! Futures: what could be, from the cursor on: a fan of many simulated futures, what-ifs beside the plant
//! as it is, and the ones that can be watched.

pub mod fan;
mod parameters;
pub mod record;
mod tables;

use std::time::Duration;

use bevy_egui::egui;
use egui_phosphor::regular as icon;

use super::alarms::clock_text;
use super::{PanelData, style};
use crate::command::{Command, FutureChoice, Outlooks};
use crate::futures::{Band, Change, Difference, Track};
use crate::model::{OperatingState, Plant, Timestamp, scene};
use crate::simulation::experiment::{Estimate, Summary};
use crate::twin::{CaseState, Outlook, horizon_words};
use crate::viewer::overlay::label::{Ahead, AllAhead};
use crate::viewer::theme;

/// Horizons that are offered, hours.
const HORIZONS: [f64; 4] = [1.0, 4.0, 8.0, 24.0];
/// Confidence of the intervals of differences.
const CONFIDENCE: f64 = 0.95;
/// What has happened since the fork is looked up again this often.
const AGAIN: Duration = Duration::from_secs(2);

/// What is kept between frames.
#[derive(Debug, Default)]
pub struct Memory {
    /// What is followed.
    track: Option<Track>,
    /// The case whose details are shown.
    case: usize,
    horizon: Option<f64>,
    shown: Option<Shown>,
}

/// What the futures so far say, worked out once.
#[derive(Debug)]
pub struct Shown {
    revision: u64,
    /// What is followed.
    pub track: Track,
    /// Of each case.
    pub cases: Vec<Told>,
    tracks: Vec<Track>,
    /// What has really happened since the fork.
    pub measured: Vec<(Timestamp, f64)>,
    measured_at: Timestamp,
}

/// What the futures of one case say.
#[derive(Debug, Default)]
pub struct Told {
    /// The track over time.
    pub band: Band,
    /// The future that is watched, over time.
    pub watched: Vec<(Timestamp, f64)>,
    summary: Option<Summary>,
    /// Against the plant as it is, at the horizon.
    difference: Option<Difference>,
    /// The same of the lead time.
    lead_difference: Option<Difference>,
    /// What becomes of the equipment.
    ahead: AllAhead,
}

impl Memory {
    /// What there is to be drawn, worked out anew when the futures have changed.
    pub fn shown(&mut self, data: &PanelData) -> Option<&Shown> {
        let Some(outlook) = data.view.twin.outlook() else {
            self.shown = None;
            self.case = 0;
            return None;
        };
        let track = self.track.clone().unwrap_or(Track::Throughput);
        let is_same = self
            .shown
            .as_ref()
            .is_some_and(|shown| shown.revision == outlook.revision() && shown.track == track);
        if !is_same {
            self.shown = Some(Shown::of(outlook, track));
        }
        let now = data.view.now;
        if let Some(shown) = &mut self.shown
            && (now >= shown.measured_at + AGAIN || now < shown.measured_at || !is_same)
        {
            shown.measured_at = now;
            let futures = outlook.cases().first().and_then(|case| match &case.state {
                CaseState::Running(running) => Some(running.futures()),
                _ => None,
            });
            // What really happens says nothing of a future that was only thought of.
            let futures = futures.filter(|_| outlook.parent().is_none());
            shown.measured = futures.map_or_else(Vec::new, |futures| {
                futures.measured(&shown.track, data.view.twin.recorded_history(), now)
            });
        }
        self.shown.as_ref()
    }

    /// The case whose details are shown.
    pub fn case(&self) -> usize {
        self.case
    }

    /// What the futures whose details are shown say of the equipment.
    pub fn ahead(&mut self, data: &PanelData) -> Option<&AllAhead> {
        let case = self.case;
        let told = self.shown(data)?.cases.get(case)?;
        told.summary.as_ref().map(|_| &told.ahead)
    }
}

/// What the futures say of the equipment of a plant.
fn all_ahead(summary: &Summary, plant: &Plant) -> AllAhead {
    let worst = summary.bottlenecks.first();
    let stations = summary.elements.iter().filter(|it| it.kind == "station");
    stations
        .filter_map(|element| {
            let id = plant.find(&element.name)?;
            let shares = OperatingState::ALL.map(|state| element.share(state) as f32);
            let holds_back = worst.filter(|worst| worst.name == element.name);
            let holds_back = holds_back.map(|worst| worst.share.mean as f32);
            Some((id, Ahead { shares, holds_back }))
        })
        .collect()
}

impl Shown {
    fn of(outlook: &Outlook, track: Track) -> Self {
        let base = outlook.cases().first().and_then(|case| case.forecast());
        let cases = outlook.cases().iter().zip(0_usize..);
        let cases = cases.map(|(case, number)| {
            let Some(forecast) = case.forecast() else {
                return Told::default();
            };
            let watched = outlook.watched().filter(|watched| watched.case == number);
            let summary = forecast.summary();
            let against = |track: &Track| {
                let base = base.filter(|_| number > 0)?;
                let all = forecast.differences(base, track, CONFIDENCE);
                all.last().copied()
            };
            Told {
                ahead: all_ahead(&summary, outlook.plant()),
                band: forecast.band(&track),
                watched: watched.map_or_else(Vec::new, |watched| {
                    forecast.replication(watched.branch.index, &track)
                }),
                summary: Some(summary),
                difference: against(&Track::Completed),
                lead_difference: against(&Track::LeadTime),
            }
        });
        Self {
            revision: outlook.revision(),
            cases: cases.collect(),
            tracks: base.map_or_else(Vec::new, |forecast| forecast.tracks()),
            track,
            measured: Vec::new(),
            measured_at: Timestamp::MIN,
        }
    }
}

/// The panel.
pub fn futures_ui(
    ui: &mut egui::Ui,
    data: &PanelData,
    memory: &mut Memory,
    out: &mut Vec<Command>,
) {
    let Some(outlook) = data.view.twin.outlook() else {
        let next = "Simulate what could be, from the cursor on. The right mouse button on a machine asks \
                    what if something were different with it";
        style::empty_ui(ui, icon::BINOCULARS, "No futures yet", next);
        ui.vertical_centered(|ui| horizons_ui(ui, memory, out));
        egui::ScrollArea::vertical()
            .auto_shrink(false)
            .show(ui, |ui| parameters::parameters_ui(ui, data, out));
        return;
    };
    memory.shown(data);
    head_ui(ui, data, outlook, memory, out);
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            track_ui(ui, memory);
            let Some(shown) = &memory.shown else {
                return;
            };
            let size = egui::vec2(ui.available_width(), fan::HEIGHT);
            let (place, _) = ui.allocate_exact_size(size, egui::Sense::hover());
            fan::chart_ui(ui, place, data, outlook, shown, memory.case);
            ui.add_space(theme::SPACE_S);
            cases_ui(ui, outlook, shown, &mut memory.case);
            scenarios_ui(ui, data, out);
            ui.add_space(theme::SPACE_S);
            watch_ui(ui, outlook, memory.case, out);
            record::record_ui(ui, data, outlook);
            if let Some(told) = shown.cases.get(memory.case)
                && let Some(summary) = &told.summary
            {
                tables::bottleneck_ui(ui, data, summary, out);
                tables::orders_ui(ui, data, outlook.at(), summary);
                tables::states_ui(ui, data, summary, out);
            }
            parameters::parameters_ui(ui, data, out);
            tables::inferred_ui(ui, outlook);
        });
}

fn horizons_ui(ui: &mut egui::Ui, memory: &mut Memory, out: &mut Vec<Command>) {
    let mut chosen = memory.horizon.unwrap_or(8.0);
    ui.horizontal(|ui| {
        for hours in HORIZONS {
            ui.selectable_value(&mut chosen, hours, format!("{hours:.0} h"));
        }
        let ask = ui.button(format!("{}  See what could be", icon::BINOCULARS));
        if ask.clicked() {
            out.push(Command::Forecast(Outlooks {
                at: None,
                hours: Some(chosen),
            }));
        }
    });
    memory.horizon = Some(chosen);
}

fn head_ui(
    ui: &mut egui::Ui,
    data: &PanelData,
    outlook: &Outlook,
    memory: &mut Memory,
    out: &mut Vec<Command>,
) {
    let horizon = outlook.settings().horizon.as_secs_f64() / 3_600.0;
    let from = clock_text(data, outlook.at());
    let ahead = horizon_words(outlook.settings().horizon);
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new(format!("From {from}, {ahead} on")).strong());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let forget = egui::Button::new(icon::TRASH).frame(false);
            if ui
                .add(forget)
                .on_hover_text("Forget these futures")
                .clicked()
            {
                out.push(Command::DropFutures);
            }
            let again = egui::Button::new(icon::ARROWS_CLOCKWISE).frame(false);
            let says = "Ask again, from the cursor on";
            if ui.add(again).on_hover_text(says).clicked() {
                out.push(Command::Forecast(Outlooks {
                    at: None,
                    hours: Some(memory.horizon.unwrap_or(horizon)),
                }));
            }
        });
    });
    if let Some(around) = outlook.parent()
        && let Some(watched) = around.watched()
    {
        let case = around.cases().get(watched.case);
        let name = case.map_or("", |case| &*case.name);
        let says = format!(
            "They begin in future {} of \u{201c}{name}\u{201d}",
            watched.branch.index
        );
        ui.add(egui::Label::new(style::small(says)).wrap());
    }
    let progress = outlook.cases().get(memory.case).map(|case| &case.state);
    let says = match progress {
        Some(CaseState::Begun) | None => "The state of the plant is being worked out…".to_owned(),
        Some(CaseState::Failed(why)) => format!("No futures: {why}"),
        Some(CaseState::Running(running)) if running.is_finished => {
            format!("{} simulated futures", running.done)
        }
        Some(CaseState::Running(running)) => {
            format!(
                "{} of {} futures, more to come…",
                running.done, running.asked
            )
        }
    };
    ui.add(egui::Label::new(style::small(says)).wrap());
}

/// Words for what is followed.
pub fn track_words(track: &Track) -> String {
    match track {
        Track::Throughput => "Throughput of the last hour".to_owned(),
        Track::LeadTime => "Lead time of what left in the last hour".to_owned(),
        Track::Completed => "Parts made since then".to_owned(),
        Track::Parts => "Parts in the plant".to_owned(),
        Track::Content(path) => format!("Parts in {path}"),
    }
}

fn track_ui(ui: &mut egui::Ui, memory: &mut Memory) {
    let Some(shown) = &memory.shown else {
        return;
    };
    let mut chosen = shown.track.clone();
    egui::ComboBox::from_id_salt("track")
        .selected_text(track_words(&chosen))
        .width(ui.available_width())
        .show_ui(ui, |ui| {
            for track in &shown.tracks {
                ui.selectable_value(&mut chosen, track.clone(), track_words(track));
            }
        });
    memory.track = Some(chosen);
}

fn cases_ui(ui: &mut egui::Ui, outlook: &Outlook, shown: &Shown, chosen: &mut usize) {
    let palette = theme::of(ui.ctx());
    for (number, case) in outlook.cases().iter().enumerate() {
        let told = shown.cases.get(number);
        ui.horizontal(|ui| {
            let (dot, _) = ui.allocate_exact_size(egui::vec2(10.0, 10.0), egui::Sense::hover());
            let ink = fan::ink(palette, number);
            ui.painter().circle_filled(dot.center(), 4.0, ink.egui());
            if ui
                .selectable_label(*chosen == number, &*case.name)
                .on_hover_text("Show the details of this one")
                .clicked()
            {
                *chosen = number;
            }
        });
        let says = match (&case.state, told) {
            (CaseState::Failed(why), _) => why.to_string(),
            (_, Some(told)) => numbers(told).unwrap_or_else(|| "…".to_owned()),
            _ => "…".to_owned(),
        };
        for line in says.lines() {
            ui.horizontal_top(|ui| {
                ui.add_space(theme::SPACE_XL);
                ui.add(egui::Label::new(style::small(line)).wrap());
            });
        }
    }
}

/// The unit that a time is told in, and how many seconds it has.
pub fn time_unit(secs: f64) -> (f64, &'static str) {
    match secs.abs() {
        ..300.0 => (1.0, "s"),
        ..36_000.0 => (60.0, "min"),
        _ => (3_600.0, "h"),
    }
}

/// What a case comes to, with how sure that is.
fn numbers(told: &Told) -> Option<String> {
    let kpis = &told.summary.as_ref()?.kpis;
    let kpi = kpis.first()?;
    let sure = |half: Option<f64>| half.map_or_else(String::new, |half| format!(" ± {half:.1}"));
    let mut says = format!(
        "{:.1}{} {}",
        kpi.estimate.mean,
        sure(kpi.estimate.half_width),
        kpi.unit
    );
    if let Some(quantiles) = &kpi.quantiles {
        let (low, high) = (quantiles.p05, quantiles.p95);
        says += &format!(", 9 of 10 between {low:.1} and {high:.1}");
    }
    if let Some(difference) = &told.difference {
        let estimate = &difference.estimate;
        let half = sure(estimate.half_width);
        let mean = signed(estimate.mean);
        says += &format!("\n{mean}{half} parts against as it is");
        says += doubt(estimate);
    }
    if let Some(lead) = kpis.iter().find(|kpi| kpi.name == "lead time") {
        let (each, unit) = time_unit(lead.estimate.mean);
        let sure = |half: Option<f64>| sure(half.map(|half| half / each));
        let half = sure(lead.estimate.half_width);
        says += &format!("\nLead time {:.1}{half} {unit}", lead.estimate.mean / each);
        let off = told.lead_difference.map(|off| off.estimate);
        // Of one future that still gives something away in the end nothing is said.
        if let Some(off) = off.filter(|off| off.half_width.is_some()) {
            let (half, mean) = (sure(off.half_width), signed(off.mean / each));
            says += &format!("\nIn the last hour {mean}{half} {unit} against as it is");
            says += doubt(&off);
        }
    }
    Some(says)
}

/// A difference to one decimal, with its sign; none is not less than none.
fn signed(difference: f64) -> String {
    let rounded = (difference * 10.0).round() / 10.0 + 0.0;
    format!("{rounded:+.1}")
}

/// What is to be said of a difference that may as well be none.
fn doubt(difference: &Estimate) -> &'static str {
    let is_within = |half: f64| half >= difference.mean.abs();
    if difference.half_width.is_some_and(is_within) {
        ": no difference can be told"
    } else {
        ""
    }
}

/// What-ifs that are described in files beside the scene.
fn scenarios_ui(ui: &mut egui::Ui, data: &PanelData, out: &mut Vec<Command>) {
    let text = format!("{}  What if…", icon::GIT_BRANCH);
    let menu = ui.menu_button(text, |ui| {
        let files = scene::scenario_files(data.view.twin.plant());
        for file in &files {
            let change = Change::Scenario(file.to_string_lossy().into());
            let name = change.words("");
            let says = file.display().to_string();
            if ui.button(name).on_hover_text(says).clicked() {
                out.push(Command::WhatIf(change));
                ui.close();
            }
        }
        if files.is_empty() {
            let says = "Scenario files in a folder scenarios beside the scene stand here";
            ui.label(style::weak(says));
        }
        ui.separator();
        ui.label(style::weak("Or: right mouse button on a machine, What if…"));
    });
    menu.response
        .on_hover_text("The same futures with something different");
}

fn watch_ui(ui: &mut egui::Ui, outlook: &Outlook, case: usize, out: &mut Vec<Command>) {
    let case = u32::try_from(case).unwrap_or(0);
    ui.horizontal_wrapped(|ui| {
        ui.label(style::weak("Watch"));
        let choices = [
            (
                "P10",
                FutureChoice::Share(case, 10.0),
                "Nine of ten make more",
            ),
            (
                "P50",
                FutureChoice::Share(case, 50.0),
                "Half of them make more",
            ),
            (
                "P90",
                FutureChoice::Share(case, 90.0),
                "One of ten makes more",
            ),
            ("Best", FutureChoice::Best(case), "None makes more"),
            ("Worst", FutureChoice::Worst(case), "None makes less"),
        ];
        for (name, choice, says) in choices {
            if ui.button(name).on_hover_text(says).clicked() {
                out.push(Command::WatchFuture(choice));
            }
        }
        if outlook.is_coming() {
            ui.spinner();
        }
        if let Some(watched) = outlook.watched() {
            let text = format!("Leave future {}", watched.branch.index);
            if ui
                .button(text)
                .on_hover_text("Back to where it begins")
                .clicked()
            {
                out.push(Command::LeaveFuture);
            }
        }
    });
}
