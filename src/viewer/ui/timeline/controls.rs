//! The bar with the buttons: step, play, speed, the present, the cursor's time, and what turned bad
//! in the present meanwhile.

use bevy_egui::egui;
use egui_phosphor::regular as icon;

use super::readout::instant_of;
use super::{Memory, PanelData};
use crate::command::{Command, Direction, Looping, Panel};
use crate::timeline::ruler::length;
use crate::timeline::{Edge, PlayState, SPEEDS};
use crate::twin::Mode;
use crate::viewer::theme::{self, Palette};
use crate::viewer::ui::action::{self, Deed, TimeDeed};
use crate::viewer::ui::{log, style};

/// Narrower than this, what has a key and a place in the menu has no button, points.
const NARROW: f32 = 980.0;
/// Narrower than this, the date goes, too, points.
const TINY: f32 = 700.0;
/// Speeds that the menu offers.
const OFFERED: [f64; 9] = [0.1, 0.5, 1.0, 2.0, 10.0, 60.0, 600.0, 3_600.0, SPEEDS[1]];

/// The bar.
pub fn controls_ui(
    ui: &mut egui::Ui,
    data: &PanelData,
    memory: &mut Memory,
    has_lanes: bool,
    out: &mut Vec<Command>,
) {
    let width = ui.available_width();
    ui.spacing_mut().item_spacing.x = theme::SPACE_S;
    play_ui(ui, data, out);
    speed_ui(ui, data, out);
    ui.add_space(theme::SPACE_S);
    time_ui(ui, data, width);
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = theme::SPACE_S;
        let icon = if has_lanes {
            icon::CARET_DOWN
        } else {
            icon::CARET_UP
        };
        let says = if has_lanes {
            "Fold the lanes"
        } else {
            "Unfold the lanes"
        };
        deed_ui(
            ui,
            data,
            Deed::Panel(Panel::Timeline),
            icon,
            says,
            memory,
            out,
        );
        if width > NARROW {
            for deed in [TimeDeed::ShowAll, TimeDeed::ZoomIn, TimeDeed::ZoomOut] {
                time_deed_ui(ui, data, deed, memory, out);
            }
            ui.separator();
        }
        time_deed_ui(ui, data, TimeDeed::Bookmark, memory, out);
        if width > TINY {
            for deed in [TimeDeed::Loop, TimeDeed::MarkEnd, TimeDeed::MarkStart] {
                time_deed_ui(ui, data, deed, memory, out);
            }
        }
        ui.separator();
        live_ui(ui, data, out);
        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
            news_ui(ui, data);
        });
    });
}

/// A button for something that a key does, too.
fn deed_ui(
    ui: &mut egui::Ui,
    data: &PanelData,
    deed: Deed,
    icon: &str,
    says: &str,
    memory: &mut Memory,
    out: &mut Vec<Command>,
) {
    let is_on = match deed {
        Deed::Time(TimeDeed::Loop) => data.view.twin.timeline().looping() == Looping::On,
        _ => false,
    };
    let palette = theme::of(ui.ctx());
    let text = egui::RichText::new(icon).size(theme::TEXT_SIZE_HEADING);
    let mut button = egui::Button::new(text)
        .frame_when_inactive(is_on)
        .min_size(egui::vec2(26.0, 24.0));
    if is_on {
        button = button.fill(palette.chosen.egui());
    }
    let response = ui.add(button).on_hover_text(action::hint(says, deed));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, says));
    if response.clicked() {
        if deed == Deed::Time(TimeDeed::Bookmark) {
            memory.bookmark.open(data);
        } else {
            out.extend(deed.commands(data));
        }
    }
}

fn time_deed_ui(
    ui: &mut egui::Ui,
    data: &PanelData,
    deed: TimeDeed,
    memory: &mut Memory,
    out: &mut Vec<Command>,
) {
    if let Some(action) = action::of(Deed::Time(deed)) {
        deed_ui(ui, data, action.deed, action.icon, action.name, memory, out);
    }
}

fn play_ui(ui: &mut egui::Ui, data: &PanelData, out: &mut Vec<Command>) {
    let timeline = data.view.twin.timeline();
    let moves = timeline.state() != PlayState::Paused;
    let plays =
        |direction| timeline.state() == PlayState::Playing && timeline.direction() == direction;
    let buttons = [
        (icon::SKIP_BACK, TimeDeed::PreviousEvent, false),
        (icon::REWIND, TimeDeed::Backward, plays(Direction::Backward)),
        (
            if moves { icon::PAUSE } else { icon::PLAY },
            TimeDeed::PlayPause,
            false,
        ),
        (
            icon::FAST_FORWARD,
            TimeDeed::Forward,
            plays(Direction::Forward),
        ),
        (icon::SKIP_FORWARD, TimeDeed::NextEvent, false),
    ];
    let palette = theme::of(ui.ctx());
    for (icon, deed, is_on) in buttons {
        let Some(action) = action::of(Deed::Time(deed)) else {
            continue;
        };
        let text = egui::RichText::new(icon).size(theme::TEXT_SIZE_HEADING);
        let mut button = egui::Button::new(text).min_size(egui::vec2(28.0, 24.0));
        if is_on {
            button = button.fill(palette.chosen.egui());
        }
        let response = ui
            .add(button)
            .on_hover_text(action::hint(action.name, action.deed));
        response
            .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, action.name));
        if response.clicked() {
            out.extend(action.deed.commands(data));
        }
    }
}

fn speed_text(speed: f64) -> String {
    if speed < 1.0 {
        format!("{speed:.1}×")
    } else {
        format!("{speed:.0}×")
    }
}

fn speed_ui(ui: &mut egui::Ui, data: &PanelData, out: &mut Vec<Command>) {
    let timeline = data.view.twin.timeline();
    let sign = match timeline.direction() {
        Direction::Forward => "",
        Direction::Backward => "−",
    };
    let text = format!("{sign}{}", speed_text(timeline.speed()));
    let button = egui::Button::new(text).min_size(egui::vec2(48.0, 24.0));
    let response = ui
        .add(button)
        .on_hover_text("Speed: L plays faster, J backwards");
    egui::Popup::menu(&response).show(|ui| {
        ui.set_width(110.0);
        for speed in OFFERED {
            let is_chosen = (timeline.speed() - speed).abs() < 1e-9;
            if ui.selectable_label(is_chosen, speed_text(speed)).clicked() {
                out.push(Command::SetSpeed(speed));
                ui.close();
            }
        }
    });
}

/// The cursor's time, and how far it is behind the present.
fn time_ui(ui: &mut egui::Ui, data: &PanelData, width: f32) {
    let palette = theme::of(ui.ctx());
    let timeline = data.view.twin.timeline();
    let [date, time, zone] = instant_of(data, timeline.cursor());
    let mode = data.view.twin.mode();
    let tenth = time.get(..10).unwrap_or(&time).to_owned();
    let mut job = egui::text::LayoutJob::default();
    let mut part = |text: &str, size: f32, ink: theme::Rgb| {
        let format = egui::TextFormat {
            font_id: egui::FontId::proportional(size),
            color: ink.egui(),
            valign: egui::Align::Center,
            ..egui::TextFormat::default()
        };
        job.append(text, 0.0, format);
    };
    if width > TINY {
        part(&format!("{date}  "), theme::TEXT_SIZE, palette.text_weak);
    }
    part(&tenth, theme::TEXT_SIZE_HEADING, palette.text);
    part(&format!(" {zone}"), theme::TEXT_SIZE, palette.text_weak);
    let name = data.view.twin.plant().calendar.time_zone.iana_name();
    let says = format!(
        "Time at the cursor, in the plant's time zone: {}",
        name.unwrap_or("UTC")
    );
    ui.label(job).on_hover_text(says);
    if mode == Mode::Replay && timeline.edge() == Edge::Live && width > TINY {
        let behind = timeline.now().nanos_since(timeline.cursor());
        ui.add_space(theme::SPACE_S);
        ui.label(style::weak(format!("{} ago", length(behind))));
    }
}

/// The way back to the present: calm while it is shown, loud while it is not.
fn live_ui(ui: &mut egui::Ui, data: &PanelData, out: &mut Vec<Command>) {
    let twin = &data.view.twin;
    if twin.timeline().edge() == Edge::End {
        return;
    }
    let palette = theme::of(ui.ctx());
    let is_live = twin.mode() == Mode::Live;
    let ground = palette.mode(Mode::Live);
    let (fill, ink, edge) = if is_live {
        (palette.panel, palette.text_weak, palette.line)
    } else {
        (ground, palette.ink_on(ground), ground)
    };
    let text = if is_live {
        format!("{} Live", icon::BROADCAST)
    } else {
        format!("{} Back to live", icon::BROADCAST)
    };
    let button = egui::Button::new(egui::RichText::new(text).color(ink.egui()))
        .fill(fill.egui())
        .stroke(egui::Stroke::new(1.0, edge.egui()))
        .min_size(egui::vec2(64.0, 24.0));
    let says = if is_live {
        "You see the present"
    } else {
        "Follow the present again (End)"
    };
    if ui.add(button).on_hover_text(says).clicked() && !is_live {
        out.push(Command::FollowLive);
    }
}

/// Narrower than this, what turned bad in the present is a number, points.
const NEWS: f32 = 170.0;
/// Narrower than this, there is no room for it, points.
const NEWS_LEAST: f32 = 52.0;

/// What turned bad in the present while the past was looked at.
fn news_ui(ui: &mut egui::Ui, data: &PanelData) {
    let Some(news) = data.view.twin.live_news() else {
        return;
    };
    let room = ui.available_width();
    if room < NEWS_LEAST {
        return;
    }
    let palette: &Palette = theme::of(ui.ctx());
    let ground = palette.health(crate::model::Health::Failure);
    let text = match news.raised {
        count if room < NEWS => format!("{} {count}", icon::WARNING),
        1 => format!("{} 1 new alarm now", icon::WARNING),
        count => format!("{} {count} new alarms now", icon::WARNING),
    };
    let newest = log::alarm_text(data, &news.newest);
    egui::Frame::new()
        .fill(ground.egui())
        .corner_radius(egui::CornerRadius::same(theme::ROUNDING))
        .inner_margin(egui::Margin::symmetric(7, 2))
        .show(ui, |ui| {
            let ink = palette.ink_on(ground).egui();
            ui.label(egui::RichText::new(text).color(ink));
        })
        .response
        .on_hover_text(format!(
            "Raised in the present since you left it, {} still active\nThe newest: {newest}",
            news.active
        ));
    let text = egui::WidgetText::from(newest).into_galley(
        ui,
        Some(egui::TextWrapMode::Extend),
        f32::INFINITY,
        egui::TextStyle::Body,
    );
    // All of it or nothing: a half sentence about an alarm is none.
    if text.size().x + theme::SPACE_M < ui.available_width() {
        ui.label(text);
    }
}
