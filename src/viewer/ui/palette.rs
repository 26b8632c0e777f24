//! The command palette: one field that finds equipment, signals, saved views and commands, and does
//! what is chosen. With the keyboard alone.

use std::sync::Arc;

use bevy_egui::egui;
use egui_phosphor::regular as icon;

use super::action::{ACTIONS, Action, Chord, Deed, TimeDeed};
use super::dock::side_word;
use super::equipment_menu::{changes, shift_end_secs};
use super::fuzzy::Query;
use super::legend::words;
use super::{PanelData, style};
use crate::command::{Command, Panel, Side, Visibility};
use crate::futures::Change;
use crate::model::{EquipmentId, GroupId, SignalId};
use crate::viewer::theme;

/// What is kept between frames.
#[derive(Debug, Default)]
pub struct Memory {
    text: String,
    /// What `found` was found for; `None`: nothing yet.
    searched: Option<String>,
    found: Vec<Target>,
    chosen: usize,
}

impl Memory {
    /// Finds anew if the text is another one.
    fn search(&mut self, data: &PanelData) {
        if self.searched.as_ref() != Some(&self.text) {
            self.found = find(data, &self.text);
            self.searched = Some(self.text.clone());
            self.chosen = 0;
        }
    }
}

/// The field that is typed into.
pub fn field_id() -> egui::Id {
    egui::Id::new("search everything")
}

/// Lines at most.
const MOST: usize = 60;
/// Equipment whose what-ifs are looked at with every key press, at most.
const WHAT_IFS: usize = 2_000;
/// Width, points.
const WIDTH: f32 = 600.0;
/// Height of a line, points.
const LINE: f32 = 28.0;
/// Points by which a side grows or shrinks.
const STEP: i16 = 60;

/// What a line stands for.
#[derive(Clone, Debug)]
enum Target {
    Action(&'static Action),
    Dock(Panel, Side),
    Resize(Side, i16),
    Equipment(EquipmentId),
    Group(GroupId),
    Signal(SignalId),
    View(Arc<str>),
    Forget(Arc<str>),
    Marker(Arc<str>),
    DeleteMarker(Arc<str>),
    Incident(Arc<str>, Arc<str>),
    WhatIf(Change, String),
}

/// What a line says.
struct Line {
    icon: &'static str,
    title: String,
    /// Which kind of thing it is, or where.
    detail: String,
    keys: String,
}

/// The palette, over everything; a deed that needs more than commands is returned.
pub fn palette_ui(
    ctx: &egui::Context,
    data: &PanelData,
    memory: &mut Memory,
    out: &mut Vec<Command>,
) -> Option<Deed> {
    memory.search(data);
    let last = memory.found.len().saturating_sub(1);
    let before = memory.chosen;
    let mut is_entered = false;
    for (key, held) in super::keyboard::pressed_keys(ctx) {
        use egui::Key;
        match key {
            Key::ArrowDown => memory.chosen = (memory.chosen + 1).min(last),
            Key::ArrowUp => memory.chosen = memory.chosen.saturating_sub(1),
            Key::PageDown => memory.chosen = (memory.chosen + 8).min(last),
            Key::PageUp => memory.chosen = memory.chosen.saturating_sub(8),
            Key::Enter => is_entered |= !held.command,
            _ => {}
        }
    }
    ctx.input_mut(|input| {
        input.consume_key(egui::Modifiers::NONE, egui::Key::ArrowDown);
        input.consume_key(egui::Modifiers::NONE, egui::Key::ArrowUp);
    });
    let screen = ctx.content_rect();
    let width = WIDTH.min(screen.width() - 60.0);
    let id = egui::Id::new("palette");
    let area = egui::Modal::default_area(id).anchor(
        egui::Align2::CENTER_TOP,
        egui::vec2(0.0, (0.1 * screen.height()).round()),
    );
    let mut clicked = None;
    let modal = egui::Modal::new(id)
        .area(area)
        .backdrop_color(theme::SHADE.egui_alpha(70))
        .frame(style::dialog_frame(ctx))
        .show(ctx, |ui| {
            ui.set_width(width);
            let field = ui.add(
                egui::TextEdit::singleline(&mut memory.text)
                    .id(field_id())
                    .hint_text("Search equipment, signals, views and commands")
                    .font(egui::TextStyle::Heading)
                    .margin(egui::Margin::symmetric(10, 8))
                    .desired_width(f32::INFINITY),
            );
            field.request_focus();
            ui.add_space(theme::SPACE_S);
            if memory.found.is_empty() {
                let next = "Try part of a name, such as a machine, a signal or a panel";
                style::empty_ui(ui, icon::MAGNIFYING_GLASS, "Nothing is called so", next);
                return;
            }
            ui.spacing_mut().item_spacing.y = 0.0;
            let height = (0.6 * screen.height()).clamp(3.0 * LINE, 14.0 * LINE);
            let mut list = egui::ScrollArea::vertical().max_height(height);
            if memory.chosen != before || memory.chosen == 0 {
                let at = memory.chosen as f32 * LINE;
                let middle = (at - height / 2.0).max(0.0);
                list = list.vertical_scroll_offset(middle);
            }
            list.show_rows(ui, LINE, memory.found.len(), |ui, range| {
                let first = range.start;
                let shown = memory.found.get(range).unwrap_or_default();
                for (target, at) in shown.iter().zip(first..) {
                    if line_ui(ui, &line(data, target), at == memory.chosen) {
                        clicked = Some(at);
                    }
                }
            });
            ui.add_space(theme::SPACE_S);
            ui.label(style::small(format!(
                "{} {} choose   Enter: do it   Esc: leave",
                icon::ARROW_UP,
                icon::ARROW_DOWN
            )));
        });
    if is_entered && clicked.is_none() {
        // What was typed in this very frame counts.
        memory.search(data);
    }
    let chosen = clicked.or_else(|| is_entered.then_some(memory.chosen));
    let target = chosen.and_then(|at| memory.found.get(at).cloned());
    if target.is_none() && !modal.should_close() {
        return None;
    }
    *memory = Memory::default();
    out.push(Command::SetPanel(Panel::Palette, Visibility::Hidden));
    let target = target?;
    let (commands, deed) = commands(data, &target);
    out.extend(commands);
    deed
}

fn line_ui(ui: &mut egui::Ui, line: &Line, is_chosen: bool) -> bool {
    let palette = theme::of(ui.ctx());
    let size = egui::vec2(ui.available_width(), LINE);
    let (rect, response) = ui.allocate_exact_size(size, egui::Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::selected(
            egui::WidgetType::SelectableLabel,
            true,
            is_chosen,
            &line.title,
        )
    });
    if is_chosen || response.hovered() {
        let fill = if is_chosen {
            palette.chosen
        } else {
            palette.hover
        };
        ui.painter().rect_filled(rect, theme::ROUNDING, fill.egui());
    }
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let builder = egui::UiBuilder::new()
        .max_rect(rect.shrink2(egui::vec2(theme::SPACE_M, 0.0)))
        .layout(layout);
    ui.scope_builder(builder, |ui| {
        if !line.keys.is_empty() {
            ui.label(egui::RichText::new(&line.keys).monospace());
        }
        ui.label(egui::RichText::new(&line.detail).small());
        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.label(line.icon);
            ui.add(egui::Label::new(&line.title).truncate());
        });
    });
    response.clicked()
}

/// All that matches, best first. Without a word: saved views and every command.
fn find(data: &PanelData, text: &str) -> Vec<Target> {
    let mut query = Query::new(text);
    let view = data.view.twin.view();
    let possible = ACTIONS.iter().filter(|action| {
        action.deed != Deed::Panel(Panel::Palette) && action.deed.is_possible(data)
    });
    let views = view.viewpoints.keys();
    if query.is_empty() {
        let views = views.map(|name| Target::View(name.clone()));
        return views.chain(possible.map(Target::Action)).collect();
    }
    let mut found = Best::default();
    for action in possible {
        let word = match action.deed {
            Deed::Overlay(_) => "overlay colour by",
            Deed::Panel(_) => "panel open close",
            Deed::Time(_) => "time timeline",
            Deed::Theme(_) => "colours theme",
            _ => "command",
        };
        found.offer(query.score(&[action.name, word]), 24, || {
            Target::Action(action)
        });
    }
    for panel in Panel::DOCKED {
        for side in Side::ALL {
            let title = dock_title(panel, side);
            found.offer(query.score(&[&title]), 0, || Target::Dock(panel, side));
        }
    }
    for side in Side::ALL {
        for by in [STEP, -STEP] {
            let title = resize_title(side, by);
            found.offer(query.score(&[&title]), 0, || Target::Resize(side, by));
        }
    }
    for name in views {
        found.offer(query.score(&[name, "view"]), 20, || {
            Target::View(name.clone())
        });
        let forget = format!("Forget {name}");
        found.offer(query.score(&[&forget]), -20, || {
            Target::Forget(name.clone())
        });
    }
    for name in view.markers.keys() {
        found.offer(query.score(&[name, "bookmark"]), 18, || {
            Target::Marker(name.clone())
        });
        let delete = format!("Delete bookmark {name}");
        found.offer(query.score(&[&delete]), -20, || {
            Target::DeleteMarker(name.clone())
        });
    }
    for (id, name) in data.incidents {
        found.offer(query.score(&[name, "incident"]), 0, || {
            Target::Incident(id.clone(), name.clone())
        });
    }
    let plant = data.view.twin.plant();
    let selected = view.selection.and_then(|id| plant.equipment(id));
    // Of all equipment only for whoever asks for it, and where a key press can look at them: there is very
    // much that could be. In larger plants it is that of the selection.
    let asks = text.trim_start().to_lowercase().starts_with("what if")
        && plant.equipment.len() <= WHAT_IFS;
    let all = plant.equipment.iter().filter(|_| asks);
    let later = shift_end_secs(data);
    for one in selected.into_iter().filter(|_| !asks).chain(all) {
        for (_, change) in changes(one, later) {
            let title = format!("What if: {}", change.words(&one.name));
            found.offer(query.score(&[&title]), 20, || {
                Target::WhatIf(change.clone(), title.clone())
            });
        }
    }
    for (group, id) in plant.groups.iter().zip(0..) {
        if group.parent.is_some() {
            found.offer(query.score(&[&group.name, &group.path]), 12, || {
                Target::Group(GroupId(id))
            });
        }
    }
    for (one, id) in plant.equipment.iter().zip(0..) {
        let fields: [&str; 3] = [&one.name, &one.path, &one.kind.name];
        found.offer(query.score(&fields), 14, || {
            Target::Equipment(EquipmentId(id))
        });
    }
    for (signal, id) in plant.signals.iter().zip(0..) {
        let Some(one) = plant.equipment(signal.equipment) else {
            continue;
        };
        let fields: [&str; 3] = [&signal.spec.name, &one.name, &one.path];
        found.offer(query.score(&fields), 0, || Target::Signal(SignalId(id)));
    }
    found.into_targets()
}

/// The best of what is offered.
#[derive(Default)]
struct Best(Vec<(i32, usize, Target)>, usize);

impl Best {
    fn offer(&mut self, score: Option<i32>, bonus: i32, target: impl FnOnce() -> Target) {
        self.1 += 1;
        if let Some(score) = score {
            self.0.push((score + bonus, self.1, target()));
        }
        // A short word matches most of a large plant: what is far behind goes early.
        if self.0.len() >= 20 * MOST {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.0
            .sort_by_key(|(score, at, _)| (std::cmp::Reverse(*score), *at));
        self.0.truncate(MOST);
    }

    fn into_targets(mut self) -> Vec<Target> {
        self.cut();
        self.0.into_iter().map(|(_, _, target)| target).collect()
    }
}

fn panel_word(panel: Panel) -> &'static str {
    super::action::of(Deed::Panel(panel)).map_or("", |action| action.name)
}

fn dock_title(panel: Panel, side: Side) -> String {
    format!("Move {} to the {}", panel_word(panel), side_word(side))
}

fn resize_title(side: Side, by: i16) -> String {
    let way = if by > 0 { "larger" } else { "smaller" };
    format!("Panels at the {} {way}", side_word(side))
}

fn line(data: &PanelData, target: &Target) -> Line {
    let plant = data.view.twin.plant();
    let line = |icon, title: String, detail: &str| Line {
        icon,
        title,
        detail: detail.to_owned(),
        keys: String::new(),
    };
    match target {
        Target::Action(action) => {
            let detail = match action.deed {
                Deed::Overlay(_) => "Overlay",
                Deed::Panel(panel) if data.view.twin.view().is_open(panel) => "Close",
                Deed::Panel(_) => "Open",
                _ => "",
            };
            Line {
                keys: action.chord.map(Chord::text).unwrap_or_default(),
                ..line(action.icon, action.name.to_owned(), detail)
            }
        }
        Target::Dock(panel, side) => line(
            icon::ARROWS_OUT_LINE_HORIZONTAL,
            dock_title(*panel, *side),
            "",
        ),
        Target::Resize(side, by) => line(
            icon::ARROWS_OUT_LINE_HORIZONTAL,
            resize_title(*side, *by),
            "",
        ),
        Target::Equipment(id) => match plant.equipment(*id) {
            Some(one) => line(icon::CUBE, one.name.to_string(), &one.path),
            None => line(icon::CUBE, String::new(), ""),
        },
        Target::Group(id) => match plant.group(*id) {
            Some(group) => line(icon::FACTORY, group.name.to_string(), &group.path),
            None => line(icon::FACTORY, String::new(), ""),
        },
        Target::Signal(id) => {
            let signal = plant.signal(*id);
            let one = signal.and_then(|signal| plant.equipment(signal.equipment));
            line(
                icon::WAVE_SINE,
                signal.map_or_else(String::new, |signal| words(&signal.spec.name)),
                one.map_or("", |one| &one.name),
            )
        }
        Target::View(name) => line(icon::MAP_PIN, name.to_string(), "View"),
        Target::Forget(name) => line(icon::X, format!("Forget {name}"), "View"),
        Target::Marker(name) => line(icon::BOOKMARK_SIMPLE, name.to_string(), "Bookmark"),
        Target::DeleteMarker(name) => line(icon::X, format!("Delete bookmark {name}"), "Bookmark"),
        Target::WhatIf(_, title) => line(icon::BINOCULARS, title.clone(), "Futures"),
        Target::Incident(_, name) => line(icon::LIGHTNING, name.to_string(), "Start an incident"),
    }
}

/// What choosing a line asks for, and the deed that needs more than commands.
fn commands(data: &PanelData, target: &Target) -> (Vec<Command>, Option<Deed>) {
    let plant = data.view.twin.plant();
    let commands = match target {
        Target::Action(action)
            if matches!(action.deed, Deed::SaveView | Deed::Time(TimeDeed::Bookmark)) =>
        {
            return (Vec::new(), Some(action.deed));
        }
        Target::Action(action) => action.deed.commands(data),
        Target::Dock(panel, side) => Deed::Dock(*panel, *side).commands(data),
        Target::Resize(side, by) => Deed::Resize(*side, *by).commands(data),
        Target::Equipment(id) => {
            let one = plant.equipment(*id).into_iter();
            one.flat_map(|one| {
                [
                    Command::Select(one.path.clone()),
                    Command::Focus(one.path.clone()),
                ]
            })
            .collect()
        }
        Target::Group(id) => {
            let group = plant.group(*id).into_iter();
            group
                .map(|group| Command::Focus(group.path.clone()))
                .collect()
        }
        Target::Signal(id) => {
            let one = plant
                .signal(*id)
                .and_then(|signal| plant.equipment(signal.equipment));
            one.into_iter()
                .flat_map(|one| {
                    [
                        Command::SelectSignal(plant.signal_path(*id).into()),
                        Command::SetPanel(Panel::Inspector, Visibility::Shown),
                        Command::Focus(one.path.clone()),
                    ]
                })
                .collect()
        }
        Target::View(name) => vec![Command::GoToViewpoint(name.clone())],
        Target::Forget(name) => vec![Command::DeleteViewpoint(name.clone())],
        Target::Marker(name) => vec![Command::GoToBookmark(name.clone())],
        Target::DeleteMarker(name) => vec![Command::DeleteBookmark(name.clone())],
        Target::Incident(id, _) => vec![Command::TriggerIncident(id.clone())],
        Target::WhatIf(change, _) => vec![
            Command::WhatIf(change.clone()),
            Command::SetPanel(Panel::Futures, Visibility::Shown),
        ],
    };
    (commands, None)
}
