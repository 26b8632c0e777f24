//! Scenes in: what a correct one becomes, and that every mistake is found at its place.

mod binding;
mod bounds;
mod documentation;
mod fuzz;
mod mistakes;
mod model_files;
mod plants;
mod workpieces;

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use twinscape::model::Plant;
use twinscape::model::scene::{self, Diagnostic, Loaded, SceneError};

/// The repository's own kinds and models.
pub fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets")
}

/// A scene folder that lives as long as its test.
pub struct Scene {
    folder: TempDir,
}

impl Scene {
    /// A folder whose `scene.toml` is `format = 1` and this text.
    pub fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        Self { folder }.with("scene.toml", format!("format = 1\n{text}"))
    }

    /// Adds a file.
    pub fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, content).expect("a file for the test");
        self
    }

    /// Adds a kind: `format = 1` and this text.
    pub fn kind(self, id: &str, text: &str) -> Self {
        self.with(&format!("kinds/{id}.toml"), format!("format = 1\n{text}"))
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn load(&self) -> Result<Loaded, SceneError> {
        scene::load_with_assets(self.path(), &assets())
    }

    /// The plant of a scene without errors.
    pub fn plant(&self) -> Plant {
        match self.load() {
            Ok(loaded) => loaded.plant,
            Err(error) => panic!("the scene has mistakes:\n{error}"),
        }
    }

    /// The mistakes of a scene that has some.
    pub fn mistakes(&self) -> Vec<Diagnostic> {
        match self.load() {
            Ok(_) => panic!("no mistake was found"),
            Err(error) => error.errors,
        }
    }

    /// The only mistake: with this text in its message, on the line that ends in `# here`.
    #[track_caller]
    pub fn only_mistake(&self, message: &str) -> Diagnostic {
        let mistakes = self.mistakes();
        let [mistake] = mistakes.as_slice() else {
            panic!("one mistake was expected:\n{mistakes:#?}");
        };
        assert!(mistake.message.contains(message), "{mistake}");
        let (file, line) = self.marked();
        assert_eq!((&mistake.file, mistake.line), (&file, line), "{mistake}");
        mistake.clone()
    }

    /// The file and line with the mark `# here`.
    fn marked(&self) -> (PathBuf, usize) {
        let mut files = vec![self.path().join("scene.toml")];
        if let Ok(kinds) = std::fs::read_dir(self.path().join("kinds")) {
            files.extend(kinds.map(|entry| entry.expect("an entry").path()));
        }
        for file in files {
            let text = std::fs::read_to_string(&file).expect("a text");
            if let Some(line) = text.lines().position(|line| line.ends_with("# here")) {
                return (file, line + 1);
            }
        }
        panic!("no line is marked");
    }
}

/// The help of a mistake.
#[track_caller]
pub fn help(mistake: &Diagnostic) -> &str {
    mistake
        .help
        .as_deref()
        .unwrap_or_else(|| panic!("no help: {mistake}"))
}
