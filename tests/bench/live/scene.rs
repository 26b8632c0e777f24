//! A plant of as many probes as wanted, each with one signal on a plain topic.

use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Writes the scene into `folder` and returns where it is.
pub fn write(folder: &Path, signals: usize) -> std::io::Result<PathBuf> {
    let scene = folder.join("probes");
    std::fs::create_dir_all(scene.join("kinds"))?;
    std::fs::write(
        scene.join("kinds/probe.toml"),
        "format = 1\nname = \"Probe\"\nsize = [0.6, 0.6, 1.2]\n\n[signals.temp]\nunit = \"\"\n\
         stale_after = \"1m\"\nkey = true\n",
    )?;
    let mut text = String::from(
        "format = 1\nname = \"Probes\"\ntime_zone = \"UTC\"\n\n[site]\nid = \"plant\"\n\n\
         [[source]]\nid = \"feed\"\nurl = \"mqtt://localhost\"\n\n[[source.topic]]\n\
         topic = \"plant/{line}/{equipment}/{signal}\"\n\n[[area]]\nid = \"area\"\n\n",
    );
    let mut add = |part: std::fmt::Arguments<'_>| {
        // Writing into a string cannot fail.
        let _ = text.write_fmt(part);
    };
    for line in 0..signals.div_ceil(100) {
        add(format_args!(
            "[[line]]\nid = \"line{line}\"\nin = \"area\"\n\n"
        ));
    }
    for at in 0..signals {
        let (line, place) = (at / 100, at % 100);
        add(format_args!(
            "[[equipment]]\nid = \"m{place}\"\nin = \"area/line{line}\"\nkind = \"probe\"\n\
             at = [{}.0, {}.0]\n\n",
            place * 2,
            line * 3
        ));
    }
    std::fs::write(scene.join("scene.toml"), text)?;
    Ok(scene)
}
