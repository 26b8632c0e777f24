//! The timeline at the bottom of the screen: a bar with the cursor's time that is always there, and
//! above it, while it is unfolded, lanes along time.
//!
//! | file | what |
//! | --- | --- |
//! | [`controls`] | play, step, speed, live, the cursor's time |
//! | [`overview`] | all that was recorded, in a bar |
//! | [`ruler`] | ticks, bookmarks; a drag scrubs |
//! | [`lanes`] | states, health, events, gaps, plots; a drag selects |
//! | [`readout`] | what is under the pointer |
//! | [`selection`] | the selected range in numbers |
//! | [`bookmark`] | a name and a note |

pub mod axis;
pub mod bookmark;
pub mod controls;
pub mod lanes;
pub mod overview;
pub mod picture;
pub mod plot;
pub mod readout;
pub mod rows;
pub mod ruler;
pub mod selection;

use bevy_egui::egui;

use super::PanelData;
use crate::command::{Command, Panel};
use crate::model::Timestamp;
use crate::timeline::lanes::{Ask, LaneId};
use crate::timeline::{Edge, PlayState};
use crate::viewer::lanes::{RangeAsk, Wants};
use crate::viewer::theme;
use axis::Axis;

/// What is kept between frames.
#[derive(Debug, Default)]
pub struct Memory {
    /// What is to be worked out for it.
    pub wants: Option<Wants>,
    /// What the futures say: its panel shows it, too.
    pub futures: super::futures::Memory,
    /// The bookmark that is being written.
    pub bookmark: bookmark::Memory,
    /// Where it is on the screen.
    pub rect: Option<egui::Rect>,
    /// Height while its edge is dragged, points.
    dragged: Option<f32>,
    /// Where a selection by hand began, and where it is.
    selecting: Option<[Timestamp; 2]>,
    /// Where the hand that scrubs is.
    scrubbed: Option<Timestamp>,
    /// Where the hand that drags the overview took hold: share of what is visible.
    held: Option<f64>,
    lanes: lanes::Memory,
}

/// Height of the bar with the buttons, points.
const BAR: f32 = 32.0;
/// Height of the overview, points.
const OVERVIEW: f32 = 16.0;
/// Height of the ruler, points.
const RULER: f32 = 22.0;
/// Height of a timeline whose height nobody has chosen, points, and the share of the screen's height
/// that it takes at most: more where nothing else is below the plant.
const HEIGHT: f32 = 230.0;
const SHARE: f32 = 0.22;
const SHARE_ALONE: f32 = 0.4;
/// Share of the screen's height at most, whatever is chosen.
const MOST: f32 = 0.45;
/// Lower than this, there are no lanes, points.
const LANES_LEAST: f32 = 64.0;
/// Width of the edge that can be dragged, points.
const EDGE: f32 = 5.0;

/// Width of the names beside the lanes, points.
fn names_width(width: f32) -> f32 {
    (0.14 * width).clamp(92.0, 190.0)
}

/// The timeline, over the whole width of what is left of the screen.
pub fn timeline_ui(
    root: &mut egui::Ui,
    data: &PanelData,
    memory: &mut Memory,
    out: &mut Vec<Command>,
) {
    let view = data.view.twin.view();
    let screen = root.ctx().viewport_rect();
    let is_alone = view.front_at(crate::command::Side::Bottom).is_none();
    let share = if is_alone { SHARE_ALONE } else { SHARE };
    let chosen = view.docks.timeline_size().map(f32::from);
    let height = memory
        .dragged
        .or(chosen)
        .unwrap_or(HEIGHT.min(share * screen.height()))
        .min(MOST * screen.height())
        .round();
    let has_lanes = view.is_open(Panel::Timeline) && height >= BAR + OVERVIEW + RULER + LANES_LEAST;
    let height = if has_lanes { height } else { BAR + OVERVIEW };
    let ground = egui::Frame::new().fill(theme::of(root.ctx()).panel.egui());
    let rect = egui::Panel::bottom("timeline")
        .exact_size(height)
        .resizable(false)
        .show_separator_line(true)
        .frame(ground)
        .show(root, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            contents_ui(ui, data, memory, has_lanes, out);
        })
        .response
        .rect;
    memory.rect = Some(rect);
    if has_lanes {
        edge_ui(root, memory, rect, out);
    }
}

fn contents_ui(
    ui: &mut egui::Ui,
    data: &PanelData,
    memory: &mut Memory,
    has_lanes: bool,
    out: &mut Vec<Command>,
) {
    let whole = ui.available_rect_before_wrap();
    let (bar, rest) = whole.split_top_bottom_at_y(whole.top() + BAR);
    let inner = bar.shrink2(egui::vec2(theme::SPACE_M, 2.0));
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    let builder = egui::UiBuilder::new().max_rect(inner).layout(layout);
    ui.scope_builder(builder, |ui| {
        controls::controls_ui(ui, data, memory, has_lanes, out);
    });
    let left = whole.left() + names_width(whole.width());
    let right = whole.right() - theme::SPACE_M;
    let (overview, below) = rest.split_top_bottom_at_y(rest.top() + OVERVIEW);
    let beside = overview.with_max_x(left);
    let overview = overview.with_min_x(left).with_max_x(right);
    let ratio = ui.ctx().pixels_per_point();
    let axis = Axis::new(overview, &data.view.twin.timeline().visible(), ratio);
    overview::overview_ui(ui, overview, beside, data, memory, out);
    memory.lanes.seen.clear();
    if has_lanes {
        let rows = rows::rows(data);
        let (ruler, lanes) = below.split_top_bottom_at_y(below.top() + RULER);
        let names = lanes.with_max_x(left);
        let lanes = lanes.with_min_x(left).with_max_x(right);
        let ruler = ruler.with_min_x(left).with_max_x(right);
        lanes::lanes_ui(ui, lanes, names, axis, &rows, data, memory, out);
        ruler::ruler_ui(ui, ruler, axis, data, memory, out);
        cursor_ui(ui, ruler.union(lanes), axis, data);
    }
    memory.wants = wants(data, &memory.lanes.seen, axis, overview.width() * ratio);
}

/// The cursor through ruler and lanes.
fn cursor_ui(ui: &egui::Ui, rect: egui::Rect, axis: Axis, data: &PanelData) {
    let timeline = data.view.twin.timeline();
    let x = axis.x(timeline.cursor()).round();
    if !(axis.left - 0.5..=axis.right + 0.5).contains(&x) {
        return;
    }
    let palette = theme::of(ui.ctx());
    let ink = palette.mode(data.view.twin.mode()).egui();
    let painter = ui.painter();
    painter.vline(x, rect.y_range(), egui::Stroke::new(2.0, ink));
    let top = rect.top();
    let handle = [
        egui::pos2(x - 6.0, top),
        egui::pos2(x + 6.0, top),
        egui::pos2(x + 6.0, top + 6.0),
        egui::pos2(x, top + 12.0),
        egui::pos2(x - 6.0, top + 6.0),
    ];
    let halo = egui::Stroke::new(1.0, palette.halo.egui());
    painter.add(egui::Shape::convex_polygon(handle.to_vec(), ink, halo));
}

/// What has to be worked out for what is shown.
fn wants(data: &PanelData, lanes: &[LaneId], axis: Axis, pixels: f32) -> Option<Wants> {
    let twin = &data.view.twin;
    let timeline = twin.timeline();
    let recorded = timeline.recorded()?;
    let pixels = (pixels as u32).clamp(16, 8_192);
    let now = match timeline.edge() {
        Edge::Live => timeline.now(),
        Edge::End => recorded.end,
    };
    let main = Ask {
        span: axis.span(),
        pixels,
        lanes: lanes.to_vec(),
        plots: twin.view().pins.clone(),
        now,
    };
    let overview = Ask {
        span: recorded,
        pixels,
        lanes: vec![LaneId::Health],
        plots: Vec::new(),
        now,
    };
    let range = timeline.range().map(|span| {
        let mut signals = twin.view().pins.clone();
        signals.extend(twin.view().signal.filter(|id| !signals.contains(id)));
        RangeAsk {
            span,
            signals,
            equipment: twin.view().selection,
        }
    });
    Some(Wants {
        main,
        overview,
        range,
    })
}

/// The edge towards the plant: a drag makes the timeline higher or lower.
fn edge_ui(root: &egui::Ui, memory: &mut Memory, rect: egui::Rect, out: &mut Vec<Command>) {
    let edge = rect.with_max_y(rect.top() + EDGE);
    let response = root.interact(edge, "timeline edge".into(), egui::Sense::drag());
    if response.hovered() || response.dragged() {
        root.ctx().set_cursor_icon(egui::CursorIcon::ResizeVertical);
        let ink = theme::of(root.ctx()).selection.egui();
        root.painter()
            .rect_filled(edge.with_max_y(edge.top() + 2.0), 0.0, ink);
    }
    if response.dragged()
        && let Some(pos) = response.interact_pointer_pos()
    {
        let [least, most] = crate::twin::Docks::SIZES.map(f32::from);
        memory.dragged = Some((rect.bottom() - pos.y).clamp(least, most));
    }
    if response.drag_stopped()
        && let Some(height) = memory.dragged.take()
    {
        out.push(Command::SetTimelineSize(height.round() as u16));
    }
}

/// What the wheel over `rect` asks for: nearer or farther at the pointer, with Shift to the side.
fn wheel(
    ui: &egui::Ui,
    response: &egui::Response,
    axis: Axis,
    data: &PanelData,
    out: &mut Vec<Command>,
) {
    let Some(pos) = response.hover_pos() else {
        return;
    };
    let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta, input.zoom_delta()));
    if scroll.x != 0.0 {
        let lengths = -f64::from(scroll.x) / f64::from(axis.right - axis.left);
        out.push(Command::PanTime(lengths));
    }
    let factor = f64::from(-scroll.y * 0.006).exp() / f64::from(pinch.max(0.1));
    if (factor - 1.0).abs() > 1e-4 {
        let timeline = data.view.twin.timeline();
        let moves = timeline.follows() && timeline.state() != PlayState::Paused;
        out.push(if moves {
            Command::ZoomTime(factor)
        } else {
            Command::ShowSpan(axis.zoomed(factor, pos.x))
        });
    }
    ui.input_mut(|input| input.smooth_scroll_delta = egui::Vec2::ZERO);
}
