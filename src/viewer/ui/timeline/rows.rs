//! [`Row`]: which lanes there are, from above.

use std::sync::Arc;

use crate::model::equipment::{Group, GroupId};
use crate::model::{EquipmentId, Plant, SignalId};
use crate::timeline::lanes::LaneId;
use crate::viewer::ui::PanelData;

/// Height of a lane, of a thin one, and of a plot, points.
const LANE: f32 = 18.0;
const THIN: f32 = 12.0;
const PLOT: f32 = 46.0;
const FAN: f32 = 64.0;

/// Equipment of one group that have rows at most; the selected one has its own in any case.
const MOST: usize = 300;

/// What a row shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// The worst health of the plant.
    Health,
    /// Events by severity.
    Events,
    /// Operating states of an equipment.
    Equipment(EquipmentId),
    /// Operating states of everything in a group; its path, and whether its members are shown.
    Group(GroupId, Arc<str>, Fold),
    /// A pinned signal.
    Plot(SignalId),
    /// What could be: the fan of the futures.
    Futures,
    /// How much was received.
    Data,
    /// More equipment than can be listed.
    More,
}

/// Whether the members of a group have rows of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// They have.
    Open,
    /// They have not.
    Closed,
}

/// A row of the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it shows.
    pub content: Content,
    /// What it is called.
    pub name: String,
    /// How deep in the plant it is.
    pub depth: u8,
    /// Points.
    pub height: f32,
}

impl Row {
    fn new(content: Content, name: impl Into<String>, depth: u8, height: f32) -> Self {
        Self {
            content,
            name: name.into(),
            depth,
            height,
        }
    }

    /// The lane that has to be worked out for it.
    pub fn lane(&self) -> Option<LaneId> {
        match &self.content {
            Content::Health => Some(LaneId::Health),
            Content::Equipment(id) => Some(LaneId::Equipment(*id)),
            Content::Group(id, ..) => Some(LaneId::Group(*id)),
            Content::Events
            | Content::Plot(_)
            | Content::Futures
            | Content::Data
            | Content::More => None,
        }
    }
}

/// The rows, from above.
pub fn rows(data: &PanelData) -> Vec<Row> {
    let plant = &**data.view.twin.plant();
    let view = data.view.twin.view();
    let mut rows = vec![
        Row::new(Content::Health, "Health", 0, LANE),
        Row::new(Content::Events, "Events", 0, LANE),
    ];
    if data.view.twin.outlook().is_some() {
        rows.push(Row::new(Content::Futures, "What could be", 0, FAN));
    }
    for &pin in &view.pins {
        let Some(signal) = plant.signal(pin) else {
            continue;
        };
        let of = plant.equipment(signal.equipment);
        let name = of.map_or("", |one| &*one.name);
        let title = super::super::legend::words(&signal.spec.name);
        rows.push(Row::new(
            Content::Plot(pin),
            format!("{name}\n{title}"),
            0,
            PLOT,
        ));
    }
    let mut states = Vec::new();
    if !plant.groups.is_empty() {
        group(plant, data, GroupId(0), 0, &mut states);
    }
    // The selected one is always there.
    if let Some(id) = view.selection
        && let Some(one) = plant.equipment(id)
        && !states
            .iter()
            .any(|row: &Row| row.content == Content::Equipment(id))
    {
        rows.push(Row::new(Content::Equipment(id), &*one.name, 0, LANE));
    }
    rows.append(&mut states);
    rows.push(Row::new(Content::Data, "Data", 0, THIN));
    rows
}

fn group(plant: &Plant, data: &PanelData, id: GroupId, depth: u8, rows: &mut Vec<Row>) {
    let Some(of) = plant.group(id) else {
        return;
    };
    let is_open = data.view.twin.view().open_lanes.contains(&of.path);
    let fold = if is_open { Fold::Open } else { Fold::Closed };
    let content = Content::Group(id, Arc::clone(&of.path), fold);
    rows.push(Row::new(content, name(of), depth, LANE));
    if !is_open {
        return;
    }
    for child in &of.children {
        group(plant, data, *child, depth + 1, rows);
    }
    for (id, number) in of.equipment.iter().zip(0..) {
        if number == MOST {
            let more = format!("and {} more", of.equipment.len() - MOST);
            rows.push(Row::new(Content::More, more, depth + 1, LANE));
            break;
        }
        if let Some(one) = plant.equipment(*id) {
            rows.push(Row::new(
                Content::Equipment(*id),
                &*one.name,
                depth + 1,
                LANE,
            ));
        }
    }
}

fn name(group: &Group) -> String {
    if group.parent.is_none() && group.name.is_empty() {
        "Plant".to_owned()
    } else {
        group.name.to_string()
    }
}
