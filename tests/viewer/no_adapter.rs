//! On a machine without any graphics driver the program says what to install, and still works.

use std::process::Command;

use crate::driver::repository;

#[test]
fn without_a_graphics_driver_the_package_is_named_and_the_state_is_written_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let picture = folder.path().join("picture.png");
    let run = Command::new(env!("CARGO_BIN_EXE_twinscape"))
        .args(["--headless", "--for", "6s", "--mqtt", "mqtt://127.0.0.1:9"])
        .arg("--no-record")
        .arg("tests/scenes/cell")
        .arg("--state")
        .arg(&state)
        .arg("--screenshot")
        .arg(&picture)
        .current_dir(repository())
        // The Vulkan loader finds the drivers that these files name: none.
        .env("VK_ICD_FILENAMES", "/nonexistent/driver.json")
        .env("VK_DRIVER_FILES", "/nonexistent/driver.json")
        .env("WGPU_BACKEND", "vulkan")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(said.contains("apt install mesa-vulkan-drivers"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    assert!(
        !run.status.success(),
        "a picture was asked for and not made"
    );
    assert!(!picture.exists());
    let state: serde_json::Value = serde_json::from_slice(&std::fs::read(&state).unwrap()).unwrap();
    assert_eq!(state["equipment"].as_array().unwrap().len(), 14);
}
