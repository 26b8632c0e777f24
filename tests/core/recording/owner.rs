//! Whose folder it is: one recorder, one plant, no newer format, nothing foreign; and what is kept
//! in it.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use twinscape::model::{Plant, Timestamp, scene};
use twinscape::recording::folder::FolderError;
use twinscape::recording::parts::hour_folder;
use twinscape::recording::recorder::{OpenError, Recorder, SegmentLimits};
use twinscape::recording::retention::{Retention, keep};
use twinscape::recording::storage::Disk;

use super::rig::plant;

const NOW: Timestamp = Timestamp::from_millis(1_772_360_100_000);

fn open(root: &Path, plant: &Arc<Plant>) -> Result<Recorder, OpenError> {
    let limits = SegmentLimits::default();
    Recorder::open(root, Arc::clone(plant), Arc::new(Disk), limits, NOW)
}

#[test]
fn a_second_recorder_on_one_folder_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path(), &plant()).unwrap();
    let names = || {
        let mut names: Vec<_> = fs::read_dir(folder.path().join("log"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        names
    };
    let before = names();
    let refused = open(folder.path(), &plant()).unwrap_err();
    assert!(matches!(refused, OpenError::Folder(FolderError::Locked(_))));
    assert!(refused.to_string().contains("another program records"));
    assert_eq!(names(), before);
    drop(first);
    open(folder.path(), &plant()).unwrap();
}

#[test]
fn a_folder_of_another_plant_a_newer_program_or_other_things_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path(), &plant()).unwrap());
    let mut other = Plant::clone(&plant());
    other.id = "other".into();
    let refused = open(folder.path(), &Arc::new(other)).unwrap_err();
    assert!(
        refused.to_string().contains("`test` and not `other`"),
        "{refused}"
    );

    let description = folder.path().join("recording.toml");
    let text = fs::read_to_string(&description).unwrap();
    fs::write(
        &description,
        text.replace("format = 1", "format = 2\nnovelty = true"),
    )
    .unwrap();
    let refused = open(folder.path(), &plant()).unwrap_err();
    assert!(refused.to_string().contains("format 2"), "{refused}");

    let foreign = tempfile::tempdir().unwrap();
    fs::write(foreign.path().join("letter.txt"), "Dear …").unwrap();
    let refused = open(foreign.path(), &plant()).unwrap_err();
    assert!(matches!(
        refused,
        OpenError::Folder(FolderError::Foreign(_))
    ));
    assert_eq!(fs::read_dir(foreign.path()).unwrap().count(), 1);
}

#[test]
fn the_plant_is_kept_with_the_recording_and_loads_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let loaded = scene::load(Path::new("scenes/bottling")).unwrap().plant;
    let recorder = open(folder.path(), &Arc::new(loaded.clone())).unwrap();
    drop(recorder);
    let revisions: Vec<_> = fs::read_dir(folder.path().join("plants"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(revisions.len(), 1);
    // Without any assets but its own.
    let nothing = tempfile::tempdir().unwrap();
    let kept = scene::load_with_assets(&revisions[0].join("scene.toml"), nothing.path()).unwrap();
    assert_eq!(kept.plant.signals.len(), loaded.signals.len());
    assert_eq!(kept.plant.kinds.len(), loaded.kinds.len());
    // The same plant again is the same revision.
    drop(open(folder.path(), &Arc::new(loaded)).unwrap());
    assert_eq!(
        fs::read_dir(folder.path().join("plants")).unwrap().count(),
        1
    );
}

#[test]
fn what_ifs_beside_the_scene_come_with_the_recording() {
    let own = tempfile::tempdir().unwrap();
    let copy = |name: &str| {
        let to = own.path().join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(Path::new("scenes/gearbox").join(name), to).unwrap();
    };
    copy("scene.toml");
    copy("scenarios/repair-now.toml");
    copy("scenarios/second-lathe.toml");
    let assets = Path::new("assets");
    let load = |file: &Path| scene::load_with_assets(file, assets).unwrap().plant;
    let folder = tempfile::tempdir().unwrap();
    let record = || {
        let plant = load(&own.path().join("scene.toml"));
        drop(open(folder.path(), &Arc::new(plant)).unwrap());
        let mut revisions = fs::read_dir(folder.path().join("plants")).unwrap();
        let revision = revisions.next().unwrap().unwrap().path();
        assert!(
            revisions.next().is_none(),
            "an idea is no revision of the plant"
        );
        let mut kept = load(&revision.join("scene.toml"));
        // As whoever opens it calls it: after its plant, and not after the folder.
        kept.id = "gearbox".into();
        kept
    };
    let kept = record();
    let files = scene::scenario_files(&kept);
    assert_eq!(files.len(), 2);
    for file in files {
        let beside = kept.file.parent().unwrap();
        let scenario = scene::load_scenario(&beside.join(&file), &kept);
        assert!(scenario.is_ok(), "{file:?}: {:?}", scenario.err());
    }
    // One that has changed since is kept as it is now.
    let place = own.path().join("scenarios/repair-now.toml");
    let text = fs::read_to_string(&place).unwrap() + "\n# Seen by everybody.\n";
    fs::write(&place, &text).unwrap();
    let kept = record();
    let there = kept
        .file
        .parent()
        .unwrap()
        .join("scenarios/repair-now.toml");
    assert_eq!(fs::read_to_string(there).unwrap(), text);
}

#[test]
fn the_oldest_hours_go_first_and_never_the_current_one() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let hour = |back: u64| hour_folder((NOW - Duration::from_secs(3600 * back)).as_millis());
    for back in 0..10 {
        for tree in ["samples", "events", "index"] {
            let place = root.join(tree).join(hour(back));
            fs::create_dir_all(&place).unwrap();
            fs::write(place.join("x.parquet"), vec![0; 1000]).unwrap();
        }
    }
    let is_there = |back| root.join("samples").join(hour(back)).exists();
    let budget = |days, bytes| keep(&Disk, root, Retention { days, bytes }, NOW).unwrap();

    assert_eq!(budget(30, 1 << 30).removed_hours, 0);
    let kept = budget(30, 20_000);
    assert_eq!((kept.removed_hours, kept.bytes), (4, 18_000));
    assert!(is_there(5) && !is_there(6));
    assert!(!root.join("index").join(hour(6)).exists());
    let kept = budget(30, 0);
    assert_eq!((kept.removed_hours, kept.bytes), (5, 3_000));
    assert!(is_there(0) && !is_there(1));

    let old = hour(24 * 3);
    fs::create_dir_all(root.join("samples").join(&old)).unwrap();
    assert_eq!(budget(4, 1 << 30).removed_hours, 0);
    assert_eq!(budget(2, 1 << 30).removed_hours, 1);
    assert!(!root.join("samples").join(old).exists());
}
