//! `[site]`, `[[area]]`, `[[line]]`: the ISA-95 tree that equipment hangs in.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use crate::model::equipment::Level;
use crate::model::{Group, GroupId};

use super::diagnostic::{Report, quote, suggest};
use super::table::{Field, Table};

/// Something that has a path, found by the whole path or by a unique tail of it.
pub(super) struct PathIndex<T> {
    by_tail: HashMap<Arc<str>, Found<T>>,
}

enum Found<T> {
    /// The path itself.
    Exact(T),
    /// The only one whose path ends so.
    Tail(T),
    Ambiguous,
}

/// Why a path names nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PathError {
    Unknown,
    Ambiguous,
}

impl<T: Copy> PathIndex<T> {
    pub fn new() -> Self {
        Self {
            by_tail: HashMap::new(),
        }
    }

    /// Enters a path; `false` when something has it already.
    pub fn insert(&mut self, path: &Arc<str>, item: T) -> bool {
        match self.by_tail.entry(Arc::clone(path)) {
            Entry::Occupied(entry) if matches!(entry.get(), Found::Exact(_)) => return false,
            Entry::Occupied(mut entry) => {
                entry.insert(Found::Exact(item));
            }
            Entry::Vacant(entry) => {
                entry.insert(Found::Exact(item));
            }
        }
        for (at, _) in path.match_indices('/') {
            let Some(tail) = path.get(at + 1..) else {
                continue;
            };
            match self.by_tail.entry(Arc::from(tail)) {
                Entry::Occupied(mut entry) => {
                    if !matches!(entry.get(), Found::Exact(_)) {
                        entry.insert(Found::Ambiguous);
                    }
                }
                Entry::Vacant(entry) => {
                    entry.insert(Found::Tail(item));
                }
            }
        }
        true
    }

    pub fn find(&self, path: &str) -> Result<T, PathError> {
        match self.by_tail.get(path) {
            Some(Found::Exact(item) | Found::Tail(item)) => Ok(*item),
            Some(Found::Ambiguous) => Err(PathError::Ambiguous),
            None => Err(PathError::Unknown),
        }
    }

    /// Whether nothing has exactly this path.
    pub fn is_free(&self, path: &str) -> bool {
        !matches!(self.by_tail.get(path), Some(Found::Exact(_)))
    }

    /// What a field names; `None` after a mistake was noted. `what` is in the singular.
    pub fn resolve(&self, field: &Field<'_>, what: &str) -> Option<T> {
        let path = field.text()?;
        match self.find(path) {
            Ok(item) => return Some(item),
            Err(PathError::Ambiguous) => field.error(
                format!("several {what} paths end in {}", quote(path)),
                "write more of the path: area/line/id".to_owned(),
            ),
            Err(PathError::Unknown) => {
                let help = if field.report.is_full() {
                    None
                } else {
                    let mut known: Vec<&str> = self.by_tail.keys().map(|key| &**key).collect();
                    known.sort_unstable();
                    suggest(path, known, &format!("known {what} paths"))
                };
                field.error(format!("unknown {what} {}", quote(path)), help);
            }
        }
        None
    }
}

/// Reads the groups of a scene: the site first, then areas, then lines.
pub(super) fn read(
    scene: &Table<'_>,
    report: &Report,
    scene_id: &Arc<str>,
    scene_name: &Arc<str>,
) -> (Vec<Group>, PathIndex<GroupId>) {
    let site = scene.table("site", "[site]");
    let text = |key| site.as_ref().and_then(|site| site.get(key));
    let mut groups = vec![Group {
        id: text("id")
            .and_then(|field| field.id())
            .unwrap_or_else(|| Arc::clone(scene_id)),
        path: Arc::from(""),
        name: text("name")
            .and_then(|field| field.arc())
            .unwrap_or_else(|| Arc::clone(scene_name)),
        level: Level::Site,
        parent: None,
        equipment: Vec::new(),
        children: Vec::new(),
    }];
    let mut index = PathIndex::new();
    for (key, what, level) in [
        ("area", "[[area]]", Level::Area),
        ("line", "[[line]]", Level::Line),
    ] {
        for table in scene.tables(key, what) {
            let id_field = table.require("id");
            let name = table.get("name").and_then(|field| field.arc());
            let parent = match (level, table.has("in")) {
                (Level::Line, true) => table
                    .get("in")
                    .and_then(|field| index.resolve(&field, "group")),
                (Level::Line, false) => {
                    table.get("in");
                    Some(GroupId(0))
                }
                _ => Some(GroupId(0)),
            };
            let (Some(id_field), Some(parent)) = (id_field, parent) else {
                continue;
            };
            let Some(id) = id_field.id() else {
                continue;
            };
            let group = GroupId(groups.len() as u32);
            let Some(above) = groups.get_mut(parent.0 as usize) else {
                continue;
            };
            if above.level == Level::Line {
                report.error(
                    table.at,
                    "a line cannot be in a line",
                    "put it in an area".to_owned(),
                );
                continue;
            }
            let path = join(&above.path, &id);
            if !index.insert(&path, group) {
                id_field.error(
                    format!("duplicate id: there is already a group {}", quote(&path)),
                    "ids are unique among siblings".to_owned(),
                );
                continue;
            }
            above.children.push(group);
            groups.push(Group {
                name: name.unwrap_or_else(|| Arc::clone(&id)),
                id,
                path,
                level,
                parent: Some(parent),
                equipment: Vec::new(),
                children: Vec::new(),
            });
        }
    }
    (groups, index)
}

/// `path/id`, or `id` alone below the site.
pub(super) fn join(path: &str, id: &str) -> Arc<str> {
    if path.is_empty() {
        Arc::from(id)
    } else {
        Arc::from(format!("{path}/{id}"))
    }
}
