//! Models: what is in a `.glb`, read without a GPU and without trusting it.
//!
//! Only the header and the JSON chunk are read; the sizes that they claim are compared with the
//! file before anything is allocated, so that a hostile file is refused here and never reaches the
//! viewer's loader.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use gltf::json;
use gltf::json::validation::{Checked, Validate};

use super::model_tree::{self, Model};

/// Largest model file, bytes.
pub(super) const MAX_MODEL_BYTES: u64 = 256 << 20;
/// Largest JSON chunk, bytes.
const MAX_JSON_BYTES: u64 = 64 << 20;
/// Most vertices or indices in one accessor.
const MAX_ACCESSOR_COUNT: u64 = 64 << 20;
/// Extensions that a model may require: those that the viewer's loader draws.
const EXTENSIONS: [&str; 4] = [
    "KHR_lights_punctual",
    "KHR_materials_unlit",
    "KHR_materials_emissive_strength",
    "KHR_texture_transform",
];

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ModelError {
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("is not a binary glTF 2.0 file (.glb)")]
    NotGlb,
    #[error("is {size} bytes, more than the {MAX_MODEL_BYTES} that are read")]
    TooLarge { size: u64 },
    #[error("is damaged: {what} claims {claimed} bytes, the file has {present}")]
    Length {
        what: &'static str,
        claimed: u64,
        present: u64,
    },
    #[error("has a JSON part of {0} bytes, more than the {MAX_JSON_BYTES} that are read")]
    JsonTooLarge(u64),
    #[error("is damaged: {0}")]
    Json(String),
    #[error("is damaged: {0}")]
    Invalid(String),
    #[error("needs the extension {0}, which cannot be drawn")]
    Extension(String),
    #[error("refers to another file: {0}")]
    External(String),
}

/// Models that were read, by file.
#[derive(Default)]
pub(super) struct Models {
    read: HashMap<PathBuf, Result<Rc<Model>, Rc<ModelError>>>,
}

impl Models {
    pub fn read(&mut self, path: &Path) -> Result<Rc<Model>, Rc<ModelError>> {
        if let Some(model) = self.read.get(path) {
            return model.clone();
        }
        let model = read(path).map(Rc::new).map_err(Rc::new);
        self.read.insert(path.to_path_buf(), model.clone());
        model
    }
}

fn read(path: &Path) -> Result<Model, ModelError> {
    let (root, binary) = read_json(path)?;
    check(&root, binary)?;
    model_tree::read(&root)
}

/// The JSON chunk, and the length of the binary chunk.
fn read_json(path: &Path) -> Result<(json::Root, u64), ModelError> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > MAX_MODEL_BYTES {
        return Err(ModelError::TooLarge { size });
    }
    let mut words = [0; 20];
    file.read_exact(&mut words)
        .map_err(|_| ModelError::NotGlb)?;
    let word = |at: usize| {
        words
            .get(at..at + 4)
            .and_then(|bytes| bytes.try_into().ok())
            .map_or(0, u32::from_le_bytes)
    };
    if !words.starts_with(b"glTF") || word(4) != 2 || word(16) != u32::from_le_bytes(*b"JSON") {
        return Err(ModelError::NotGlb);
    }
    let (claimed, length) = (u64::from(word(8)), u64::from(word(12)));
    if claimed > size {
        return Err(ModelError::Length {
            what: "the header",
            claimed,
            present: size,
        });
    }
    if length > size - 20 {
        return Err(ModelError::Length {
            what: "the JSON part",
            claimed: length,
            present: size - 20,
        });
    }
    if length > MAX_JSON_BYTES {
        return Err(ModelError::JsonTooLarge(length));
    }
    let mut text = Vec::new();
    Read::by_ref(&mut file)
        .take(length)
        .read_to_end(&mut text)?;
    let mut binary = 0;
    let behind = 20 + length.next_multiple_of(4);
    if behind + 8 <= claimed {
        file.seek(SeekFrom::Start(behind))?;
        let mut header = [0; 8];
        file.read_exact(&mut header)?;
        let [a, b, c, d, kind @ ..] = header;
        if kind == *b"BIN\0" {
            binary = u64::from(u32::from_le_bytes([a, b, c, d]));
            if binary > size - behind - 8 {
                return Err(ModelError::Length {
                    what: "the binary part",
                    claimed: binary,
                    present: size - behind - 8,
                });
            }
        }
    }
    let root = json::deserialize::from_slice(&text)
        .map_err(|error| ModelError::Json(error.to_string().chars().take(200).collect()))?;
    Ok((root, binary))
}

fn check(root: &json::Root, binary: u64) -> Result<(), ModelError> {
    let invalid = |what: String| Err(ModelError::Invalid(what));
    if let Some(extension) = root
        .extensions_required
        .iter()
        .find(|name| !EXTENSIONS.contains(&name.as_str()))
    {
        return Err(ModelError::Extension(extension.chars().take(60).collect()));
    }
    let mut first = None;
    root.validate(root, json::Path::new, &mut |path, error| {
        let path = path();
        if first.is_none() && !path.as_str().starts_with("extensionsRequired") {
            let place: String = path.as_str().chars().take(100).collect();
            first = Some(format!("{place}: {error}"));
        }
    });
    if let Some(first) = first {
        return invalid(first);
    }
    for (index, buffer) in root.buffers.iter().enumerate() {
        let length = buffer.byte_length.0;
        match &buffer.uri {
            Some(uri) if !uri.starts_with("data:") => {
                return Err(ModelError::External(uri.chars().take(60).collect()));
            }
            Some(uri) if length > uri.len() as u64 => {
                return invalid(format!("buffer {index} is longer than its data"));
            }
            None if index > 0 || length > binary => {
                return invalid(format!(
                    "buffer {index} claims {length} bytes, the file has {binary}"
                ));
            }
            _ => {}
        }
    }
    for image in &root.images {
        if let Some(uri) = image.uri.as_ref().filter(|uri| !uri.starts_with("data:")) {
            return Err(ModelError::External(uri.chars().take(60).collect()));
        }
    }
    for (index, view) in root.buffer_views.iter().enumerate() {
        let end = view
            .byte_offset
            .map_or(0, |offset| offset.0)
            .checked_add(view.byte_length.0);
        let length = root
            .get(view.buffer)
            .map_or(0, |buffer| buffer.byte_length.0);
        if end.is_none_or(|end| end > length) {
            return invalid(format!("buffer view {index} reaches beyond its buffer"));
        }
    }
    for (index, accessor) in root.accessors.iter().enumerate() {
        check_accessor(root, accessor)
            .map_err(|what| ModelError::Invalid(format!("accessor {index} {what}")))?;
    }
    Ok(())
}

fn check_accessor(root: &json::Root, accessor: &json::Accessor) -> Result<(), String> {
    let count = accessor.count.0;
    if count > MAX_ACCESSOR_COUNT {
        return Err(format!("claims {count} elements"));
    }
    let (Checked::Valid(component), Checked::Valid(dimensions)) =
        (&accessor.component_type, &accessor.type_)
    else {
        return Err("has an unknown type".to_owned());
    };
    let element = (component.0.size() * dimensions.multiplicity()) as u64;
    if let Some(sparse) = &accessor.sparse {
        check_sparse(root, sparse, count, element)?;
    }
    let Some(view) = accessor.buffer_view.and_then(|view| root.get(view)) else {
        // All zero: nothing but the claim bounds what it takes in memory.
        let present = root.buffers.iter().map(|buffer| buffer.byte_length.0).sum();
        return match count.checked_mul(element) {
            Some(bytes) if bytes <= u64::max(present, 1 << 20) => Ok(()),
            _ => Err(format!("claims {count} elements and has no data")),
        };
    };
    let stride = view.byte_stride.map_or(element, |stride| stride.0 as u64);
    let end = count
        .saturating_sub(1)
        .checked_mul(stride)
        .and_then(|bytes| bytes.checked_add(if count > 0 { element } else { 0 }))
        .and_then(|bytes| bytes.checked_add(accessor.byte_offset.map_or(0, |offset| offset.0)));
    if end.is_none_or(|end| end > view.byte_length.0) {
        return Err("reaches beyond its buffer view".to_owned());
    }
    Ok(())
}

fn check_sparse(
    root: &json::Root,
    sparse: &json::accessor::sparse::Sparse,
    count: u64,
    element: u64,
) -> Result<(), String> {
    if sparse.count.0 > count {
        return Err("has more sparse elements than elements".to_owned());
    }
    let Checked::Valid(index) = sparse.indices.component_type else {
        return Err("has sparse indices of an unknown type".to_owned());
    };
    let fits = |view: json::Index<json::buffer::View>, offset: u64, element: u64| {
        let end = sparse.count.0.checked_mul(element)?.checked_add(offset)?;
        (end <= root.get(view)?.byte_length.0).then_some(())
    };
    let (indices, values) = (&sparse.indices, &sparse.values);
    fits(
        indices.buffer_view,
        indices.byte_offset.0,
        index.0.size() as u64,
    )
    .and_then(|()| fits(values.buffer_view, values.byte_offset.0, element))
    .ok_or_else(|| "has sparse elements beyond their buffer view".to_owned())
}
