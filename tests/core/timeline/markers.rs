//! Bookmarks, pins and lanes: chosen, taken back, and kept.

use twinscape::cli::markers::{KeptMarkers, MarkersFile};
use twinscape::command::{Bookmark, Command, Visibility};
use twinscape::model::SignalId;
use twinscape::timeline::{Marker, Markers};
use twinscape::twin::{CommandError, Effect};

use super::Desk;
use crate::plants::at;

fn mark(name: &str) -> Command {
    Command::Bookmark(Bookmark {
        name: name.into(),
        ..Bookmark::default()
    })
}

#[test]
fn a_bookmark_is_the_cursor_or_the_selected_range_and_has_a_name_of_its_own() {
    let mut desk = Desk::recorded(100);
    desk.give(Command::Seek(at(40.0))).unwrap();
    assert_eq!(desk.give(mark("Jam")), Ok(Effect::KeepMarkers));
    desk.give(Command::SelectRange([at(10.0), at(20.0)]))
        .unwrap();
    desk.give(mark(" ")).unwrap();
    desk.give(mark("")).unwrap();
    let markers = &desk.twin.view().markers;
    let names: Vec<&str> = markers.keys().map(|name| &**name).collect();
    assert_eq!(names, ["Bookmark 1", "Bookmark 2", "Jam"]);
    assert_eq!(markers["Jam"].from, at(40.0));
    assert_eq!(markers["Jam"].to, None);
    assert_eq!(markers["Bookmark 1"].to, Some(at(20.0)));
    desk.give(Command::ClearRange).unwrap();
    desk.give(Command::GoToBookmark("Bookmark 1".into()))
        .unwrap();
    assert_eq!(desk.cursor(), 10.0);
    assert_eq!(desk.twin.timeline().range(), Some(at(10.0)..at(20.0)));
    assert_eq!(
        desk.give(Command::GoToBookmark("?".into())),
        Err(CommandError::UnknownMarker("?".into()))
    );
}

#[test]
fn bookmarks_plots_and_lanes_are_taken_back_and_the_cursor_is_not() {
    let mut desk = Desk::recorded(100);
    desk.give(Command::Seek(at(40.0))).unwrap();
    desk.give(mark("Jam")).unwrap();
    desk.give(Command::PinSignal("first/x".into())).unwrap();
    desk.give(Command::SetLane("line".into(), Visibility::Shown))
        .unwrap();
    desk.give(Command::Seek(at(50.0))).unwrap();
    desk.give(Command::SelectRange([at(10.0), at(20.0)]))
        .unwrap();
    assert_eq!(desk.twin.view().pins, [SignalId(0)]);
    assert!(desk.twin.view().open_lanes.contains("line"));
    assert_eq!(desk.give(Command::Undo), Ok(Effect::None));
    assert!(!desk.twin.view().open_lanes.contains("line"));
    desk.give(Command::Undo).unwrap();
    assert!(desk.twin.view().pins.is_empty());
    assert_eq!(
        desk.give(Command::Undo),
        Ok(Effect::KeepMarkers),
        "the file is written again"
    );
    assert!(desk.twin.view().markers.is_empty());
    assert_eq!(desk.cursor(), 50.0);
    assert!(desk.twin.timeline().range().is_some());
    desk.give(Command::Redo).unwrap();
    assert_eq!(desk.twin.view().markers.len(), 1);
    desk.give(Command::DeleteBookmark("Jam".into())).unwrap();
    assert!(desk.give(Command::DeleteBookmark("Jam".into())).is_err());
    desk.give(Command::Undo).unwrap();
    assert_eq!(desk.twin.view().markers.len(), 1);
}

#[test]
fn a_signal_or_a_line_that_there_is_not_is_named() {
    let mut desk = Desk::recorded(10);
    for command in [
        Command::PinSignal("first/z".into()),
        Command::UnpinSignal("z".into()),
        Command::SetLane("no-line".into(), Visibility::Shown),
    ] {
        assert!(desk.give(command.clone()).is_err(), "{command:?}");
    }
}

#[test]
fn bookmarks_are_kept_beside_the_recording() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(twinscape::cli::markers::NAME);
    let markers = Markers::from([
        (
            "First \"sign\"".into(),
            Marker {
                from: at(0.123_456_789),
                to: Some(at(7.0)),
                note: "4 K above\nits neighbours".into(),
            },
        ),
        (
            "Jam".into(),
            Marker {
                from: at(3.0),
                to: None,
                note: "".into(),
            },
        ),
    ]);
    let file = MarkersFile::at(path.clone());
    file.write(&KeptMarkers::new(markers.clone())).unwrap();
    let kept = MarkersFile::at(path.clone()).read().unwrap().unwrap();
    assert_eq!(kept.markers, markers);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("2026-03-01T10:15:00.123456789Z"), "{text}");
}
