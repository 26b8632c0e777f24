//! Where one is: site › area › line › machine. Each is a way back up.

use std::sync::Arc;

use bevy::math::Vec3;
use bevy_egui::egui;

use super::{PanelData, style};
use crate::command::{CameraPose, Command};
use crate::model::{EquipmentId, GroupId, Plant};
use crate::viewer::plant::{Bounds, Proxy};
use crate::viewer::theme;

/// What is kept between frames.
#[derive(Debug, Default)]
pub struct Memory {
    /// Space of each group with all that is below it, by id.
    groups: Vec<Bounds>,
    /// For which pose and selection `crumbs` are.
    made_of: Option<(CameraPose, Option<EquipmentId>)>,
    crumbs: Vec<Crumb>,
}

#[derive(Clone, Debug, PartialEq)]
struct Crumb {
    name: Arc<str>,
    goes: Command,
}

/// The breadcrumb, in the upper left corner of `rect`; where it is.
pub fn breadcrumb_ui(
    ctx: &egui::Context,
    rect: egui::Rect,
    data: &PanelData,
    pose: CameraPose,
    memory: &mut Memory,
    out: &mut Vec<Command>,
) -> egui::Rect {
    let plant = data.view.twin.plant();
    let made_of = Some((pose, data.view.twin.view().selection));
    if memory.made_of != made_of {
        if memory.groups.len() != plant.groups.len() {
            memory.groups = spaces(plant);
        }
        memory.crumbs = crumbs(data, pose, &memory.groups);
        memory.made_of = made_of;
    }
    let area = egui::Area::new("breadcrumb".into())
        .fade_in(false)
        .order(egui::Order::Middle)
        .fixed_pos(rect.left_top() + egui::Vec2::splat(theme::SPACE_L))
        .constrain_to(rect)
        .show(ctx, |ui| {
            style::floating_frame(ctx)
                .inner_margin(egui::Margin::symmetric(6, 2))
                .show(ui, |ui| {
                    ui.set_max_width(rect.width() - 3.0 * theme::SPACE_XL);
                    ui.horizontal_wrapped(|ui| {
                        ui.spacing_mut().item_spacing.x = theme::SPACE_XS;
                        ui.spacing_mut().button_padding.x = theme::SPACE_S;
                        let last = memory.crumbs.len().saturating_sub(1);
                        for (crumb, at) in memory.crumbs.iter().zip(0..) {
                            if at > 0 {
                                ui.label(style::weak("›"));
                            }
                            let text = egui::RichText::new(&*crumb.name);
                            let text = if at == last { text.strong() } else { text };
                            let button = ui.add(egui::Button::new(text).frame_when_inactive(false));
                            if button.on_hover_text("Fly there").clicked() {
                                out.push(crumb.goes.clone());
                            }
                        }
                    });
                });
        });
    area.response.rect
}

/// The space of every group.
fn spaces(plant: &Plant) -> Vec<Bounds> {
    let mut spaces = vec![Bounds::EMPTY; plant.groups.len()];
    for one in &plant.equipment {
        let space = Proxy::of(one).bounds();
        for group in chain(plant, one.group) {
            if let Some(of_group) = spaces.get_mut(group.0 as usize) {
                *of_group = of_group.union(space);
            }
        }
    }
    spaces
}

/// A group and all above it, the site first.
fn chain(plant: &Plant, group: GroupId) -> Vec<GroupId> {
    let mut chain = vec![group];
    let mut above = plant.group(group).and_then(|group| group.parent);
    // A plant is never as deep as it has groups.
    while let Some(parent) = above
        && chain.len() <= plant.groups.len()
    {
        chain.push(parent);
        above = plant.group(parent).and_then(|group| group.parent);
    }
    chain.reverse();
    chain
}

/// Of the selection while it is looked at, else of the smallest group that the view is in and does
/// not reach far beyond.
fn crumbs(data: &PanelData, pose: CameraPose, spaces: &[Bounds]) -> Vec<Crumb> {
    let plant = data.view.twin.plant();
    let target = Vec3::from_array(pose.target);
    let selected = data.view.twin.view().selection.and_then(|id| {
        let one = plant.equipment(id)?;
        let space = Proxy::of(one).bounds();
        let reach = (space.max - space.min).length() + 0.6 * pose.distance;
        (space.centre().distance(target) <= reach).then_some(one)
    });
    let group = match selected {
        Some(one) => one.group,
        None => {
            let around = plant.groups.iter().zip(spaces).zip(0..);
            around
                .filter(|((_, space), _)| {
                    let near = space.grown(2.0);
                    let size = (space.max - space.min).with_y(0.0).length();
                    near.min.x <= target.x
                        && target.x <= near.max.x
                        && near.min.z <= target.z
                        && target.z <= near.max.z
                        && pose.distance <= 1.6 * size
                })
                .min_by(|((_, a), _), ((_, b), _)| {
                    let size = |space: &Bounds| (space.max - space.min).with_y(0.0).length();
                    size(a).total_cmp(&size(b))
                })
                .map_or(GroupId(0), |(_, id)| GroupId(id))
        }
    };
    let mut crumbs: Vec<Crumb> = chain(plant, group)
        .into_iter()
        .filter_map(|id| {
            let group = plant.group(id)?;
            Some(match group.parent {
                None => Crumb {
                    name: plant.name.clone(),
                    goes: Command::Home,
                },
                Some(_) => Crumb {
                    name: group.name.clone(),
                    goes: Command::Focus(group.path.clone()),
                },
            })
        })
        .collect();
    if let Some(one) = selected {
        crumbs.push(Crumb {
            name: one.name.clone(),
            goes: Command::Focus(one.path.clone()),
        });
    }
    crumbs
}
