//! The lanes: names at the left, what was along time beside them. A click goes there, a drag selects
//! a range, the wheel zooms at the pointer.

use std::ops::Range;
use std::sync::Arc;

use bevy_egui::egui;

use super::axis::Axis;
use super::rows::{Content, Fold, Row};
use super::{Memory as TimelineMemory, PanelData, plot, readout};
use crate::command::{Command, Theme, Visibility};
use crate::model::{Health, OperatingState, Timestamp};
use crate::timeline::Edge;
use crate::timeline::lanes::{Cell, EventCell, LaneCells, LaneId, Severity, Shown};
use crate::viewer::theme::{self, Palette, Rgb};

/// What is kept between frames.
#[derive(Debug, Default)]
pub struct Memory {
    /// Rows that are scrolled out above, points.
    scrolled: f32,
    /// Lanes of the rows that are seen.
    pub(super) seen: Vec<LaneId>,
    /// What was drawn last, and of what.
    drawn: Option<(Basis, Arc<egui::Mesh>)>,
}

/// What the picture of the lanes depends on.
#[derive(Clone, Debug, PartialEq)]
struct Basis {
    revision: u64,
    axis: Axis,
    rows: Vec<Row>,
    rect: egui::Rect,
    scrolled: f32,
    theme: Theme,
    known: Option<Range<Timestamp>>,
}

/// Wider than this, a run has the letter of its state, points.
const LETTER: f32 = 14.0;
/// So far beyond what is seen, lanes are kept, points.
const AHEAD: f32 = 120.0;
/// Room between two lanes, points.
const BETWEEN: f32 = 2.0;

/// The lanes and their names.
pub fn lanes_ui(
    ui: &mut egui::Ui,
    rect: egui::Rect,
    names: egui::Rect,
    axis: Axis,
    rows: &[Row],
    data: &PanelData,
    memory: &mut TimelineMemory,
    out: &mut Vec<Command>,
) {
    let palette = theme::of(ui.ctx());
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, 0.0, palette.field.egui());
    let whole: f32 = rows.iter().map(|row| row.height).sum();
    scroll(ui, names, rect.height(), whole, &mut memory.lanes);
    let top = rect.top() - memory.lanes.scrolled;
    let basis = Basis {
        revision: data.lanes.answer.main.revision,
        axis,
        rows: rows.to_vec(),
        rect,
        scrolled: memory.lanes.scrolled,
        theme: data.view.twin.view().theme,
        known: known(data),
    };
    let shown = &data.lanes.answer.main;
    let mesh = match &memory.lanes.drawn {
        Some((of, mesh)) if *of == basis => Arc::clone(mesh),
        _ => {
            let mesh = Arc::new(mesh(&basis, shown, palette, top));
            memory.lanes.drawn = Some((basis, Arc::clone(&mesh)));
            mesh
        }
    };
    painter.add(egui::Shape::Mesh(mesh));
    let mut y = top;
    memory.lanes.seen.clear();
    for row in rows {
        let (from, to) = (y, y + row.height);
        y = to;
        // Those that a turn of the wheel brings are worked out before.
        if to > rect.top() - AHEAD && from < rect.bottom() + AHEAD {
            memory.lanes.seen.extend(row.lane());
        }
        if to <= rect.top() || from >= rect.bottom() {
            continue;
        }
        let band = egui::Rangef::new(from, to);
        let place = egui::Rect::from_x_y_ranges(rect.x_range(), band);
        match &row.content {
            Content::Plot(id) => {
                if let Some(plot) = shown.plots.get(id) {
                    plot::plot_ui(
                        &painter,
                        place.shrink2(egui::vec2(0.0, 3.0)),
                        axis,
                        plot,
                        data,
                        *id,
                    );
                }
            }
            Content::Group(..) | Content::Equipment(_) => {
                let cells = row.lane().and_then(|id| shown.lanes.get(&id));
                if let Some(cells) =
                    cells.filter(|_| from >= rect.top() - 4.0 && to <= rect.bottom() + 4.0)
                {
                    letters(&painter, place, axis, cells);
                }
            }
            Content::Health | Content::Events | Content::Data | Content::More => {}
        }
        let line = egui::Stroke::new(1.0, palette.line.egui_alpha(120));
        painter.hline(rect.x_range(), to - 0.5, line);
        let name = egui::Rect::from_x_y_ranges(names.x_range(), band);
        name_ui(ui, name, names, row, data, out);
    }
    selected_ui(&painter, rect, axis, data, memory);
    let response = ui.interact(rect, "lanes".into(), egui::Sense::click_and_drag());
    super::wheel(ui, &response, axis, data, out);
    hand(&response, axis, memory, out);
    if let Some(pos) = response.hover_pos() {
        let line = egui::Stroke::new(1.0, palette.text_weak.egui());
        painter.vline(pos.x, rect.y_range(), line);
        if !response.dragged() {
            let under = under(rows, top, pos.y);
            response.on_hover_ui_at_pointer(|ui| readout::readout_ui(ui, data, axis, pos.x, under));
        }
    }
}

fn under(rows: &[Row], top: f32, y: f32) -> Option<&Row> {
    let mut bottom = top;
    rows.iter().find(|row| {
        bottom += row.height;
        y < bottom
    })
}

/// What was recorded, as far as it is known already.
fn known(data: &PanelData) -> Option<Range<Timestamp>> {
    let timeline = data.view.twin.timeline();
    let recorded = timeline.recorded()?;
    // As far as the lanes are: between two of their pictures nothing moves.
    let until = data
        .lanes
        .answer
        .main
        .lanes
        .values()
        .map(|cells| cells.until);
    let end = match timeline.edge() {
        Edge::Live => until.max().unwrap_or(recorded.end),
        Edge::End => recorded.end,
    };
    Some(recorded.start..end.max(recorded.start))
}

/// A wheel over the names scrolls the rows.
fn scroll(ui: &egui::Ui, names: egui::Rect, height: f32, whole: f32, memory: &mut Memory) {
    if ui.rect_contains_pointer(names) {
        let by = ui.input(|input| input.smooth_scroll_delta.y);
        memory.scrolled -= by;
        ui.input_mut(|input| input.smooth_scroll_delta = egui::Vec2::ZERO);
    }
    memory.scrolled = memory
        .scrolled
        .clamp(0.0, (whole - height).max(0.0))
        .round();
    if whole > height + 1.0 {
        let share = height / whole;
        let bar = egui::Rect::from_min_size(
            egui::pos2(names.left() + 1.0, names.top() + memory.scrolled * share),
            egui::vec2(3.0, height * share),
        );
        let ink = theme::of(ui.ctx()).line.egui();
        ui.painter().rect_filled(bar, 1.5, ink);
    }
}

/// A click goes there, a drag selects.
fn hand(
    response: &egui::Response,
    axis: Axis,
    memory: &mut TimelineMemory,
    out: &mut Vec<Command>,
) {
    let at = response
        .interact_pointer_pos()
        .map(|pos| axis.at(pos.x.clamp(axis.left, axis.right)));
    if response.clicked()
        && let Some(at) = at
    {
        out.push(Command::Seek(at));
    }
    if response.drag_started_by(egui::PointerButton::Primary)
        && let Some(at) = at
    {
        memory.selecting = Some([at, at]);
    }
    if let (Some([_, end]), Some(at)) = (&mut memory.selecting, at)
        && response.dragged()
    {
        *end = at;
    }
    if response.drag_stopped()
        && let Some(range) = memory.selecting.take()
    {
        out.push(Command::SelectRange(range));
    }
}

fn selected_ui(
    painter: &egui::Painter,
    rect: egui::Rect,
    axis: Axis,
    data: &PanelData,
    memory: &TimelineMemory,
) {
    let palette = theme::of(painter.ctx());
    let by_hand = memory.selecting.map(|[a, b]| a.min(b)..a.max(b));
    if let Some(range) = by_hand.or(data.view.twin.timeline().range())
        && let Some(part) = axis.part(&range)
    {
        let band = egui::Rect::from_x_y_ranges(part, rect.y_range());
        painter.rect_filled(band, 0.0, palette.selection.egui_alpha(34));
        let edge = egui::Stroke::new(1.5, palette.selection.egui());
        for x in [axis.x(range.start), axis.x(range.end)] {
            painter.vline(x, rect.y_range(), edge);
        }
    }
    for marker in data.view.twin.view().markers.values() {
        let x = axis.x(marker.from);
        if (axis.left..=axis.right).contains(&x) {
            let line = egui::Stroke::new(1.0, palette.selection.egui_alpha(140));
            painter.vline(x, rect.y_range(), line);
        }
    }
}

/// The name of a row; a group's folds and unfolds, an equipment's selects.
fn name_ui(
    ui: &mut egui::Ui,
    rect: egui::Rect,
    clip: egui::Rect,
    row: &Row,
    data: &PanelData,
    out: &mut Vec<Command>,
) {
    let palette = theme::of(ui.ctx());
    let place = rect.intersect(clip);
    let id = egui::Id::new(("lane", &row.name, row.depth, row.lane()));
    let sense = match row.content {
        Content::Health | Content::Events | Content::Data | Content::More => egui::Sense::hover(),
        _ => egui::Sense::click(),
    };
    let response = ui.interact(place, id, sense);
    let plain = row.name.replace('\n', " ");
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::WidgetType::Button, true, format!("Lane: {plain}"))
    });
    let painter = ui.painter().with_clip_rect(clip);
    let plant = data.view.twin.plant();
    let is_selected = match row.content {
        Content::Equipment(id) => data.view.twin.view().selection == Some(id),
        _ => false,
    };
    let is_hovered = response.hovered() && sense.senses_click();
    if is_selected || is_hovered {
        let fill = if is_selected {
            palette.chosen
        } else {
            palette.hover
        };
        painter.rect_filled(rect, 0.0, fill.egui());
    }
    let mut left = rect.left() + theme::SPACE_M + f32::from(row.depth) * 9.0;
    if let Content::Group(_, _, fold) = &row.content {
        let icon = match fold {
            Fold::Open => egui_phosphor::regular::CARET_DOWN,
            Fold::Closed => egui_phosphor::regular::CARET_RIGHT,
        };
        painter.text(
            egui::pos2(left, rect.center().y),
            egui::Align2::LEFT_CENTER,
            icon,
            egui::FontId::proportional(theme::TEXT_SIZE_SMALL),
            palette.text_weak.egui(),
        );
        left += 13.0;
    }
    let is_thin = rect.height() < 14.0;
    let size = if is_thin {
        theme::TEXT_SIZE_SMALL - 1.0
    } else {
        theme::TEXT_SIZE_SMALL
    };
    let ink = palette.text.egui();
    let mut job = egui::text::LayoutJob::simple(
        row.name.clone(),
        egui::FontId::proportional(size),
        ink,
        f32::INFINITY,
    );
    // Whoever is called at length is shown as far as there is room; the hint says all of it.
    let room = rect.right() - left - theme::SPACE_S;
    let whole = painter.layout_job(job.clone());
    let galley = if whole.size().x > room {
        let lines: Vec<String> = row
            .name
            .lines()
            .map(|line| fitted(&painter, line, size, room))
            .collect();
        job = egui::text::LayoutJob::simple(
            lines.join("\n"),
            egui::FontId::proportional(size),
            ink,
            f32::INFINITY,
        );
        painter.layout_job(job)
    } else {
        whole
    };
    let y = rect.center().y - galley.size().y / 2.0;
    painter.galley(egui::pos2(left, y), galley, ink);
    match &row.content {
        Content::Group(_, path, fold) => {
            let shown = match fold {
                Fold::Open => Visibility::Hidden,
                Fold::Closed => Visibility::Shown,
            };
            let says = match fold {
                Fold::Open => "Fold it",
                Fold::Closed => "Unfold it",
            };
            if response.on_hover_text(format!("{plain}\n{says}")).clicked() {
                out.push(Command::SetLane(Arc::clone(path), shown));
            }
        }
        Content::Equipment(id) => {
            if let Some(one) = plant.equipment(*id) {
                let response = response.on_hover_text(format!("{}\nSelect it", one.path));
                if response.double_clicked() {
                    out.push(Command::Focus(one.path.clone()));
                } else if response.clicked() {
                    out.push(Command::Select(one.path.clone()));
                }
            }
        }
        Content::Plot(id) => {
            let path: Arc<str> = plant.signal_path(*id).into();
            let response = response.on_hover_text(format!("{path}\nTake this plot away"));
            if response.clicked() {
                out.push(Command::UnpinSignal(path));
            }
        }
        Content::Health => {
            response.on_hover_text("The worst health of the plant, as it was then");
        }
        Content::Events => {
            response.on_hover_text(
                "Alarms by priority: the higher, the more urgent; other events small",
            );
        }
        Content::More => {
            response.on_hover_text("Select one in the plant or in the tree to see its lane");
        }
        Content::Data => {
            response.on_hover_text("How much was received; where nothing could be, it is hatched");
        }
    }
}

/// As much of a text as has room, and two dots for the rest.
fn fitted(painter: &egui::Painter, text: &str, size: f32, room: f32) -> String {
    let font = egui::FontId::proportional(size);
    let width = |text: &str| {
        painter
            .layout_no_wrap(text.to_owned(), font.clone(), egui::Color32::PLACEHOLDER)
            .size()
            .x
    };
    if width(text) <= room {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let fits = (0..letters.len()).rev().find_map(|count| {
        let cut: String = letters.iter().take(count).chain(&['‥']).collect();
        (width(&cut) <= room).then_some(cut)
    });
    fits.unwrap_or_default()
}

/// All that is filled with colour, in one piece.
fn mesh(basis: &Basis, shown: &Shown, palette: &Palette, top: f32) -> egui::Mesh {
    let mut mesh = egui::Mesh::default();
    let (axis, rect) = (basis.axis, basis.rect);
    let mut y = top;
    for row in &basis.rows {
        let lane = egui::Rangef::new(y + BETWEEN / 2.0, y + row.height - BETWEEN / 2.0);
        y += row.height;
        if y <= rect.top() || lane.min >= rect.bottom() {
            continue;
        }
        match &row.content {
            Content::Events => {
                for cell in shown.events.iter() {
                    event(&mut mesh, axis, lane, cell, palette);
                }
            }
            Content::Data => density(&mut mesh, axis, lane, shown, palette),
            Content::Plot(_) | Content::More => {}
            Content::Health | Content::Equipment(_) | Content::Group(..) => {
                if let Some(cells) = row.lane().and_then(|id| shown.lanes.get(&id)) {
                    let is_health = row.content == Content::Health;
                    let is_group = matches!(row.content, Content::Group(..));
                    runs(cells, |from, to, (main, worst)| {
                        let span = start(cells, from)..start(cells, to).min(cells.until);
                        // Of many, some wait always: of a group only faults and maintenance are marked.
                        let worst = if is_group && !is_marked(worst) {
                            main
                        } else {
                            worst
                        };
                        if let Some(part) = axis.part(&span) {
                            let [main, worst] =
                                [main, worst].map(|code| colour(code, is_health, palette));
                            run(&mut mesh, part, lane, main, worst, is_health);
                        }
                    });
                }
            }
        }
    }
    for gap in shown.gaps.iter() {
        if let Some(part) = axis.part(&gap.span) {
            hatch(
                &mut mesh,
                egui::Rect::from_x_y_ranges(part, rect.y_range()),
                palette,
            );
        }
    }
    // What was not recorded, and what has not happened.
    let line = axis.span();
    let outside = match &basis.known {
        Some(known) => [line.start..known.start, known.end..line.end],
        None => [line.clone(), line.end..line.end],
    };
    for span in outside {
        if let Some(part) = axis.part(&span) {
            let place = egui::Rect::from_x_y_ranges(part, rect.y_range());
            mesh.add_colored_rect(place, palette.panel.egui());
        }
    }
    mesh
}

fn start(cells: &LaneCells, at: usize) -> Timestamp {
    Timestamp::from_nanos((cells.first + at as i64).saturating_mul(cells.width))
}

/// Calls `each` with every run of equal cells of which something is known.
fn runs(cells: &LaneCells, mut each: impl FnMut(usize, usize, (u8, u8))) {
    let mut from = 0;
    while let Some(cell) = cells.cells.get(from) {
        let length = cells
            .cells
            .iter()
            .skip(from)
            .take_while(|other| *other == cell)
            .count();
        if let (Some(main), Some(worst)) = (cell.main, cell.worst) {
            each(from, from + length, (main, worst));
        }
        from += length;
    }
}

/// Whether a state in it marks a whole group.
fn is_marked(code: u8) -> bool {
    let state = OperatingState::ALL.get(code as usize);
    matches!(
        state,
        Some(OperatingState::Held | OperatingState::Maintenance)
    )
}

fn colour(code: u8, is_health: bool, palette: &Palette) -> Rgb {
    if is_health {
        let health = Health::ALL.get(code as usize).copied().unwrap_or_default();
        match health {
            // Grey is good, and pale.
            Health::Good => palette.chip,
            Health::Unknown => palette.stale,
            other => palette.health(other),
        }
    } else {
        let state = OperatingState::ALL
            .get(code as usize)
            .copied()
            .unwrap_or_default();
        palette.state(state)
    }
}

/// What lasted longest, and below it what was worst: never narrower than can be seen.
fn run(
    mesh: &mut egui::Mesh,
    part: egui::Rangef,
    lane: egui::Rangef,
    main: Rgb,
    worst: Rgb,
    is_health: bool,
) {
    let place = egui::Rect::from_x_y_ranges(part, lane);
    if worst == main {
        mesh.add_colored_rect(place, main.egui());
        return;
    }
    if !is_health {
        mesh.add_colored_rect(place, main.egui());
    }
    let share = if is_health { 1.0 } else { 0.5 };
    let wide = egui::Rangef::new(part.min, part.max.max(part.min + 2.0));
    let low = egui::Rangef::new(lane.max - lane.span() * share, lane.max);
    mesh.add_colored_rect(egui::Rect::from_x_y_ranges(wide, low), worst.egui());
}

/// Colour and height of a severity: it rests on both.
pub fn severity(severity: Severity, palette: &Palette) -> (Rgb, f32) {
    match severity {
        Severity::Info => (palette.text_weak, 0.3),
        Severity::Low => (palette.health(Health::MaintenanceRequired), 0.5),
        Severity::Medium => (palette.health(Health::OutOfSpecification), 0.65),
        Severity::High => (palette.health(Health::FunctionCheck), 0.85),
        Severity::Critical => (palette.health(Health::Failure), 1.0),
    }
}

fn event(
    mesh: &mut egui::Mesh,
    axis: Axis,
    lane: egui::Rangef,
    cell: &EventCell,
    palette: &Palette,
) {
    let at = Timestamp::from_nanos(cell.bucket.saturating_mul(cell.width));
    let x = axis.x(at);
    if !(axis.left..=axis.right).contains(&x) {
        return;
    }
    let (ink, share) = severity(cell.worst(), palette);
    let high = egui::Rangef::new(lane.max - lane.span() * share, lane.max);
    let wide = egui::Rangef::new(x - 1.0, x + 1.5);
    mesh.add_colored_rect(egui::Rect::from_x_y_ranges(wide, high), ink.egui());
}

fn density(
    mesh: &mut egui::Mesh,
    axis: Axis,
    lane: egui::Rangef,
    shown: &Shown,
    palette: &Palette,
) {
    let density = &shown.density;
    let most = density.counts.iter().copied().max().unwrap_or(0).max(1);
    let ink = palette.text_weak.mix(palette.field, 0.35).egui();
    for (count, at) in density
        .counts
        .iter()
        .zip(0..)
        .filter(|(count, _)| **count > 0)
    {
        let from = Timestamp::from_nanos((density.first + at).saturating_mul(density.width));
        let to = Timestamp::from_nanos((density.first + at + 1).saturating_mul(density.width));
        if let Some(part) = axis.part(&(from..to)) {
            // Few are seen, too.
            let share = (*count as f32 / most as f32).sqrt().max(0.15);
            let high = egui::Rangef::new(lane.max - lane.span() * share, lane.max);
            mesh.add_colored_rect(egui::Rect::from_x_y_ranges(part, high), ink);
        }
    }
}

/// Oblique lines over a span of which something is not known.
pub fn hatch(mesh: &mut egui::Mesh, rect: egui::Rect, palette: &Palette) {
    mesh.add_colored_rect(rect, palette.stale.egui_alpha(200));
    let ink = palette.text_weak.egui_alpha(90);
    let (step, wide) = (7.0_f32, 1.6_f32);
    let height = rect.height();
    // On one grid for the whole screen, so that gaps that meet are one.
    let mut x = ((rect.left() - height) / step).floor() * step;
    while x < rect.right() {
        // A line from the foot at `x` up to the right, cut at the sides.
        let from = (rect.left() - x).max(0.0).min(height);
        let to = (rect.right() - x).min(height);
        if to > from {
            let base = mesh.vertices.len() as u32;
            for (along, aside) in [(from, 0.0), (from, wide), (to, wide), (to, 0.0)] {
                let point =
                    egui::pos2((x + along + aside).min(rect.right()), rect.bottom() - along);
                mesh.colored_vertex(point, ink);
            }
            mesh.add_triangle(base, base + 1, base + 2);
            mesh.add_triangle(base, base + 2, base + 3);
        }
        x += step;
    }
}

/// The letter of a state where there is room for it.
fn letters(painter: &egui::Painter, rect: egui::Rect, axis: Axis, cells: &LaneCells) {
    let palette = theme::of(painter.ctx());
    let font = egui::FontId::proportional(theme::TEXT_SIZE_SMALL - 1.0);
    // A run of one main state, whatever else happened in it.
    let mut from = 0;
    while let Some(cell) = cells.cells.get(from) {
        let same = |other: &&Cell| other.main == cell.main;
        let length = cells.cells.iter().skip(from).take_while(same).count();
        let span = start(cells, from)..start(cells, from + length).min(cells.until);
        from += length;
        let Some((state, _)) = cell.states() else {
            continue;
        };
        let Some(part) = axis.part(&span).filter(|part| part.span() >= LETTER) else {
            continue;
        };
        if state == OperatingState::Unknown {
            continue;
        }
        let ground = palette.state(state);
        painter.text(
            egui::pos2(part.min + 4.0, rect.center().y),
            egui::Align2::LEFT_CENTER,
            theme::state_letter(state),
            font.clone(),
            palette.ink_on(ground).egui(),
        );
    }
}
