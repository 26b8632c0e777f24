//! An incident package comes back whole on another machine, and a hostile one does nothing.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use twinscape::package::{Limits, PackageError, pack, unpack};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const TABLE: &str = "samples/date=2026-03-01/hour=10/1772359200000-1772362800000.parquet";

/// A package of these entries, as any program could write it.
fn package(folder: &Path, entries: &[(&str, &[u8])]) -> PathBuf {
    let path = folder.join("from-somebody.twin");
    let mut zip = ZipWriter::new(File::create(&path).unwrap());
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in entries {
        zip.start_file(*name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap();
    path
}

fn refused(entries: &[(&str, &[u8])]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = package(folder.path(), entries);
    let to = folder.path().join("opened");
    let error = unpack(&path, &to, Limits::default()).unwrap_err();
    assert!(!to.exists(), "{error}");
    // Nothing but the package itself is there, inside or beside.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{error}");
    error.to_string()
}

#[test]
fn a_folder_comes_back_as_it_was_without_what_can_be_rebuilt() {
    let here = tempfile::tempdir().unwrap();
    let folder = here.path().join("recording");
    let files = [
        ("recording.toml", "format = 1\n".as_bytes()),
        ("markers.toml", b"format = 1\n"),
        ("plants/0012abcd/scene.toml", b"format = 1\n"),
        ("plants/0012abcd/kinds/pump.toml", b"format = 1\n"),
        ("plants/0012abcd/models/pump.glb", b"glTF"),
        (TABLE, b"PAR1"),
        ("lock", b""),
        ("log/0000000001.log", b"rebuilt from"),
        ("index/date=2026-03-01/hour=10/1-2.blocks", b"rebuilt"),
    ];
    for (name, content) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let twin = here.path().join("bearing.twin");
    let bytes = pack(&folder, &twin).unwrap();
    assert_eq!(bytes, fs::metadata(&twin).unwrap().len());

    let opened = here.path().join("opened");
    unpack(&twin, &opened, Limits::default()).unwrap();
    for (name, content) in &files[..6] {
        assert_eq!(fs::read(opened.join(name)).unwrap(), *content, "{name}");
    }
    for (name, _) in &files[6..] {
        assert!(!opened.join(name).exists(), "{name}");
    }
    // Opening it twice does not write over the first.
    let again = unpack(&twin, &opened, Limits::default());
    assert!(matches!(again, Err(PackageError::Write { .. })));
}

#[test]
fn no_entry_leads_out_of_the_folder() {
    let good = ("recording.toml", "format = 1\n".as_bytes());
    for name in [
        "../evil.toml",
        "/etc/evil.toml",
        "plants/0012abcd/../../../evil.toml",
        "plants/0012abcd/./scene.toml",
        "plants\\0012abcd\\scene.toml",
        "C:/evil.toml",
        "samples/date=../hour=10/1-2.parquet",
        "plants/0012abcd/.bashrc.toml",
        "plants/0012abcd/run.sh",
        "notes.exe",
        "recording.toml/x.toml",
    ] {
        let message = refused(&[good, (name, b"x")]);
        assert!(message.contains("refused"), "{name}: {message}");
    }
}

#[test]
fn bombs_links_and_doubles_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let zeros = vec![0; 20 << 20];
    let message = refused(&[("recording.toml", b"x"), ("markers.toml", &zeros)]);
    assert!(message.contains("16 MiB in markers.toml"), "{message}");

    let bomb = package(folder.path(), &[("recording.toml", b"x"), (TABLE, &zeros)]);
    assert!(fs::metadata(&bomb).unwrap().len() < 100_000);
    let small = Limits {
        files: 10,
        bytes: 1 << 20,
    };
    let error = unpack(&bomb, &folder.path().join("o"), small).unwrap_err();
    assert!(matches!(error, PackageError::TooLarge { .. }), "{error}");
    let few = Limits {
        files: 1,
        ..Limits::default()
    };
    let error = unpack(&bomb, &folder.path().join("o"), few).unwrap_err();
    assert!(error.to_string().contains("1 files"), "{error}");

    // Two names that are one where case does not count.
    let message = refused(&[
        ("recording.toml", b"x"),
        ("plants/0012abcd/A.toml", b"1"),
        ("plants/0012abcd/a.toml", b"2"),
    ]);
    assert!(message.contains("twice"), "{message}");

    let link = folder.path().join("link.twin");
    let mut zip = ZipWriter::new(File::create(&link).unwrap());
    zip.start_file("recording.toml", SimpleFileOptions::default())
        .unwrap();
    zip.add_symlink("markers.toml", "/etc/passwd", SimpleFileOptions::default())
        .unwrap();
    zip.finish().unwrap();
    let error = unpack(&link, &folder.path().join("o"), Limits::default()).unwrap_err();
    assert!(error.to_string().contains("a link"), "{error}");
}

#[test]
fn a_torn_or_foreign_file_is_named_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let content: Vec<u8> = (0..20_000_u32)
        .flat_map(|n| n.wrapping_mul(n).to_le_bytes())
        .collect();
    let whole = package(
        folder.path(),
        &[("recording.toml", b"x"), (TABLE, &content)],
    );
    let bytes = fs::read(&whole).unwrap();
    let torn = folder.path().join("torn.twin");
    let opened = folder.path().join("o");
    for length in [0, 1, 30, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&torn, &bytes[..length]).unwrap();
        let error = unpack(&torn, &opened, Limits::default()).unwrap_err();
        assert!(
            matches!(error, PackageError::Broken { .. }),
            "{length}: {error}"
        );
    }
    // One flipped bit anywhere is found, or changes nothing that counts.
    for at in (0..bytes.len()).step_by(499) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x10;
        fs::write(&torn, &flipped).unwrap();
        if unpack(&torn, &opened, Limits::default()).is_ok() {
            assert_eq!(fs::read(opened.join(TABLE)).unwrap(), content, "byte {at}");
            fs::remove_dir_all(&opened).unwrap();
        }
    }
    let foreign = package(folder.path(), &[("markers.toml", b"x")]);
    let error = unpack(&foreign, &opened, Limits::default()).unwrap_err();
    assert!(error.to_string().contains("recording.toml"), "{error}");
}
