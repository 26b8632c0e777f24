//! Real file systems that are full or read-only (Linux, as root; left out aloud elsewhere).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use twinscape::model::{Quality, Timestamp, Value};
use twinscape::recording::log::points::TapedPoint;
use twinscape::recording::recorder::{Recorder, SegmentLimits};
use twinscape::recording::sealing::{Extent, SealLimits, Sealer};
use twinscape::recording::storage::Disk;
use twinscape::recording::tape::Reel;

use super::rig::{plant, read};
use crate::driver::skip;

/// A small file system in memory, gone with this.
struct Mount {
    folder: tempfile::TempDir,
}

impl Mount {
    fn new(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let is_mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "twinscape-test"])
            .arg(folder.path())
            .output()
            .is_ok_and(|run| run.status.success());
        is_mounted.then_some(Self { folder })
    }

    fn again(&self, options: &str) {
        let status = Command::new("mount")
            .args(["-o", &format!("remount,{options}")])
            .arg(self.folder.path())
            .status()
            .unwrap();
        assert!(status.success());
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("recording")
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("-l")
            .arg(self.folder.path())
            .status();
    }
}

fn now(secs: u64) -> Timestamp {
    Timestamp::from_secs(1_772_360_100) + Duration::from_secs(secs)
}

fn open(root: &Path) -> Recorder {
    let limits = SegmentLimits::default();
    Recorder::open(root, plant(), Arc::new(Disk), limits, now(0)).unwrap()
}

/// A thousand points at this second.
fn reel(secs: u64) -> Reel {
    let mut reel = Reel::default();
    reel.points = (0..1000)
        .map(|at| TapedPoint {
            time: now(secs) + Duration::from_micros(at),
            receive_time: now(secs),
            value: Value::Float(at as f64),
            signal: 0,
            quality: Quality::Good,
        })
        .collect();
    reel
}

/// Records until the disk refuses, then with room again; all that was taken must be there once.
fn goes_on(mount: &Mount, spoil: impl FnOnce(), word: &str, mend: impl FnOnce()) {
    let mut recorder = open(&mount.root());
    let mut taken = 0_u64;
    let mut second = 0;
    let mut step = |recorder: &mut Recorder, taken: &mut u64| {
        second += 2;
        if recorder.is_ready() {
            recorder.take(&reel(second), now(second));
            *taken += 1000;
        }
        recorder.tick(now(second));
    };
    for _ in 0..5 {
        step(&mut recorder, &mut taken);
    }
    assert!(recorder.is_ready(), "{:?}", recorder.status());
    spoil();
    for _ in 0..400 {
        step(&mut recorder, &mut taken);
    }
    let problem = recorder.status().problem.clone().unwrap();
    assert!(problem.contains(word), "{problem}");
    mend();
    for _ in 0..5 {
        step(&mut recorder, &mut taken);
    }
    assert!(recorder.is_ready(), "{:?}", recorder.status());
    let through = recorder.finish(now(5_000)).unwrap();
    drop(recorder);
    let mut sealer = Sealer::open(&mount.root(), Arc::new(Disk), SealLimits::default()).unwrap();
    sealer.seal(through, Extent::All).unwrap();
    let found = read(&mount.root());
    assert!(found.points.values().all(|count| *count == 1));
    assert_eq!(found.points.len() as u64, taken);
}

#[test]
fn on_a_full_disk_recording_waits_and_goes_on_when_there_is_room() {
    let Some(mount) = Mount::new("size=3m") else {
        return skip("no right to mount a file system");
    };
    let ballast = mount.folder.path().join("ballast");
    goes_on(
        &mount,
        || fs::write(&ballast, vec![0; 2 << 20]).unwrap(),
        "disk is full",
        || {
            fs::remove_file(&ballast).unwrap();
            mount.again("size=64m");
        },
    );
}

#[test]
fn on_a_disk_that_turns_read_only_recording_waits_and_goes_on() {
    let Some(mount) = Mount::new("size=64m") else {
        return skip("no right to mount a file system");
    };
    // With a file open for writing it cannot be made read-only: so it is from the start.
    mount.again("ro");
    let limits = SegmentLimits::default();
    let refused =
        Recorder::open(&mount.root(), plant(), Arc::new(Disk), limits, now(0)).unwrap_err();
    assert!(refused.to_string().contains("read-only"), "{refused}");
    assert_eq!(fs::read_dir(mount.folder.path()).unwrap().count(), 0);
    mount.again("rw");
    drop(open(&mount.root()));
}

#[test]
fn a_folder_that_is_removed_meanwhile_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("recording");
    let mut recorder = open(&root);
    recorder.take(&reel(1), now(1));
    recorder.tick(now(1));
    fs::remove_dir_all(&root).unwrap();
    recorder.take(&reel(2), now(2));
    recorder.tick(now(3));
    assert!(recorder.status().problem.is_some());
    recorder.tick(now(5));
    assert!(recorder.is_ready());
    recorder.take(&reel(6), now(6));
    recorder.tick(now(8));
    assert_eq!(read(&root).points.len(), 1000);
}
