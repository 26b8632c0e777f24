//! How often bands like these have been right: next to every forecast.

use bevy_egui::egui;

use super::tables::{heading_ui, percent};
use crate::futures::backtest::{BAND, Report, Score, Verdict};
use crate::twin::{Known, Outlook, horizon_words};
use crate::viewer::theme;
use crate::viewer::ui::alarms::clock_text;
use crate::viewer::ui::{PanelData, style};

/// Height of the bars of coverage over time, points.
const BARS: f32 = 34.0;

/// How far a report's questions went.
fn ahead(report: &Report) -> String {
    horizon_words(std::time::Duration::from_secs_f64(report.horizon_secs))
}

/// In a few words: *right 49 of 60 times*; `None`: nothing can be said yet.
pub fn words(outlook: &Outlook) -> Option<String> {
    match outlook.record()?.known() {
        Known::Told(report) => {
            let coverage = &report.all.coverage;
            Some(format!(
                "80 % bands held {} of {} times, {} ahead",
                coverage.hits,
                coverage.of,
                ahead(report)
            ))
        }
        Known::UnderWay(..) | Known::Nothing(_) => None,
    }
}

/// The score: the coverage with its interval, over time, and beside the naive forecasts.
pub fn record_ui(ui: &mut egui::Ui, data: &PanelData, outlook: &Outlook) {
    heading_ui(ui, "How often such bands were right");
    let weak = |ui: &mut egui::Ui, says: String| {
        ui.add(egui::Label::new(style::small(says)).wrap());
    };
    let report = match outlook.record().map(|record| record.known()) {
        None => {
            return weak(
                ui,
                "The past is asked once these futures are there".to_owned(),
            );
        }
        Some(Known::UnderWay(_, 0)) => return weak(ui, "The past is being asked…".to_owned()),
        Some(Known::UnderWay(done, of)) => {
            return weak(ui, format!("{done} of {of} past instants asked…"));
        }
        Some(Known::Nothing(why)) => return weak(ui, format!("Not known: {why}")),
        Some(Known::Told(report)) => report,
    };
    let coverage = &report.all.coverage;
    let [low, high] = [coverage.low, coverage.high].map(percent);
    ui.label(format!(
        "{} of {} times, {} ({low} to {high})",
        coverage.hits,
        coverage.of,
        percent(coverage.share())
    ))
    .on_hover_text(format!(
        "Asked at {} past instants what would have left {} later: so often it lay in the band of {}. \
         Of what lies on a limit only the share inside counts: {} ",
        coverage.of,
        ahead(report),
        percent(BAND),
        percent(report.all.coverage_ties_shared.mean),
    ));
    over_time_ui(ui, data, report);
    let (sign, says) = match report.verdict() {
        Verdict::Holds => ("", "As often as they should be"),
        Verdict::TooNarrow => (
            "▼ ",
            "Less often than they should be: the plant does what its model does not have. Trust them less",
        ),
        Verdict::TooWide => (
            "▲ ",
            "More often than they should be: the plant is steadier than they say",
        ),
    };
    weak(ui, format!("{sign}{says}, {} ahead", ahead(report)));
    let bias = &report.all.bias;
    let half = bias.half_width.unwrap_or_default();
    if bias.mean.abs() > half {
        let way = if bias.mean > 0.0 {
            "too much"
        } else {
            "too little"
        };
        weak(
            ui,
            format!("They say {:.1} ± {half:.1} parts {way}", bias.mean.abs()),
        );
    }
    for naive in report.compared.iter().skip(1) {
        if let Some(says) = against(report.compared.first(), naive) {
            weak(ui, says);
        }
    }
}

/// How sharp they are beside a naive forecast, both as wide as it takes to be right as often.
fn against(own: Option<&Score>, naive: &Score) -> Option<String> {
    let (own, other) = (own?.width_at_band?, naive.width_at_band?);
    let what = match naive.method {
        "last hour" => "going on as in the last hour",
        _ => "the same hours of the day before",
    };
    let than = if own < other { "sharper" } else { "no sharper" };
    Some(format!(
        "{than} than {what}: {own:.1} to {other:.1} parts wide"
    ))
}

/// The coverage, block of time by block of time: a model that is lost is seen to be.
fn over_time_ui(ui: &mut egui::Ui, data: &PanelData, report: &Report) {
    let palette = theme::of(ui.ctx());
    let size = egui::vec2(ui.available_width(), BARS);
    let (place, response) = ui.allocate_exact_size(size, egui::Sense::hover());
    let painter = ui.painter();
    painter.rect_filled(place, f32::from(theme::ROUNDING), palette.field.egui());
    let count = report.over_time.len().max(1) as f32;
    let wide = place.width() / count;
    let y = |share: f64| place.bottom() - share as f32 * place.height();
    let mut says = String::new();
    for (at, (from, coverage)) in report.over_time.iter().enumerate() {
        let left = place.left() + at as f32 * wide;
        let bar = egui::Rect::from_min_max(
            egui::pos2(left + 1.0, y(coverage.share())),
            egui::pos2(left + wide - 1.0, place.bottom()),
        );
        painter.rect_filled(bar, 1.0, palette.selection.egui_alpha(150));
        let middle = left + wide / 2.0;
        painter.line_segment(
            [
                egui::pos2(middle, y(coverage.low)),
                egui::pos2(middle, y(coverage.high)),
            ],
            egui::Stroke::new(1.0, palette.text_weak.egui()),
        );
        says += &format!(
            "from {}: {} of {}\n",
            clock_text(data, *from),
            coverage.hits,
            coverage.of
        );
    }
    let stroke = egui::Stroke::new(1.0, palette.text.egui());
    painter.hline(place.x_range(), y(BAND), stroke);
    response.on_hover_text(format!(
        "{}The line is where they should be, {}; the thin ones are how sure that is",
        says,
        percent(BAND)
    ));
}
