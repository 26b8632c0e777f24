//! Saved views survive the program, and a file that is broken is never lost.

use std::fs;

use proptest::prelude::*;
use twinscape::cli::user_file::UserFileError;
use twinscape::cli::views::{Views, ViewsFile};
use twinscape::command::CameraPose;
use twinscape::twin::Viewpoints;

fn pose(yaw: f32) -> CameraPose {
    CameraPose {
        target: [1.5, 0.0, -12.25],
        yaw,
        pitch: 0.7,
        distance: 30.0,
    }
}

fn read(file: &mut ViewsFile) -> Viewpoints {
    file.read()
        .unwrap()
        .map(|kept| kept.views)
        .unwrap_or_default()
}

#[test]
fn what_is_written_is_read_in_the_next_session() {
    let folder = tempfile::tempdir().unwrap();
    // A folder that is not there yet, as on a new machine.
    let home = folder.path().join("config/twinscape");
    let mut file = ViewsFile::within(&home, "gearbox");
    assert_eq!(read(&mut file), Viewpoints::new());
    let views = Viewpoints::from([("Gate 4".into(), pose(0.1)), ("\"= µ\n".into(), pose(2.0))]);
    file.write(&Views::new(views.clone())).unwrap();
    assert_eq!(
        read(&mut ViewsFile::within(&home, "gearbox")),
        views,
        "the same names and poses"
    );
    assert_eq!(
        read(&mut ViewsFile::within(&home, "other")),
        Viewpoints::new(),
        "another plant has views of its own"
    );
    file.write(&Views::new(Viewpoints::new())).unwrap();
    assert_eq!(read(&mut file), Viewpoints::new());
    let left: Vec<_> = fs::read_dir(&home).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing half written is left: {left:?}");
}

#[test]
fn a_broken_file_is_put_aside_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gearbox.toml");
    for (text, aside) in [
        ("views = 3", "gearbox.toml.bad"),
        ("format = 7", "gearbox.toml.bad2"),
        ("format = 1\n[views.a]\nyaw = 1", "gearbox.toml.bad3"),
    ] {
        fs::write(&path, text).unwrap();
        let mut file = ViewsFile::within(folder.path(), "gearbox");
        let error = file.read().unwrap_err();
        assert!(matches!(error, UserFileError::Broken { .. }), "{error}");
        assert!(error.to_string().contains(aside), "{error}");
        assert_eq!(fs::read_to_string(folder.path().join(aside)).unwrap(), text);
        let views = Viewpoints::from([("a".into(), pose(1.0))]);
        file.write(&Views::new(views)).unwrap();
        assert_eq!(read(&mut file).len(), 1, "saving goes on");
    }
}

#[test]
fn what_cannot_be_read_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("gearbox.toml")).unwrap();
    let mut file = ViewsFile::within(folder.path(), "gearbox");
    assert!(matches!(file.read(), Err(UserFileError::Read { .. })));
    assert!(matches!(
        file.write(&Views::new(Viewpoints::new())),
        Err(UserFileError::NoFolder { .. })
    ));
    assert!(folder.path().join("gearbox.toml").is_dir());
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("not-a-folder");
    fs::write(&home, "").unwrap();
    let file = ViewsFile::within(&home, "gearbox");
    let nothing = Views::new(Viewpoints::new());
    let error = file.write(&nothing).unwrap_err().to_string();
    assert!(error.contains("not-a-folder"), "{error}");
}

proptest! {
    #[test]
    fn no_file_makes_it_panic_or_lose_what_was_there(text in prop::collection::vec(any::<u8>(), 0..200)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.toml");
        fs::write(&path, &text).unwrap();
        let mut file = ViewsFile::within(folder.path(), "p");
        if file.read().is_err() {
            prop_assert_eq!(fs::read(folder.path().join("p.toml.bad")).unwrap(), text);
        }
    }
}
