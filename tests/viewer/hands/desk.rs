//! A display, a mouse, a keyboard, and the program in a window on it.

use std::cell::Cell;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use twinscape::command::Command;
use twinscape::script::Script;

use crate::broker::find;
use crate::driver::skip;
use crate::running::Running;

/// How long anything is waited for: a frame of a software driver may take a second, and models must
/// be loaded first.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long one attempt of several is waited for, at least.
const ATTEMPT: Duration = Duration::from_millis(1_500);

/// An X server with the program on it.
pub struct Desk {
    program: Running,
    display: String,
    folder: TempDir,
    /// How long the program last took to answer.
    answer: Cell<Duration>,
    _server: Running,
}

impl Desk {
    /// Opens a window of the program with a scene; `None`, loudly, where there is no display or no
    /// hand to be had.
    pub fn open(scene: &str, size: [u32; 2]) -> Option<Self> {
        for program in ["Xvfb", "xdotool"] {
            if find(program).is_none() {
                skip(&format!("no {program} here"));
                return None;
            }
        }
        let [width, height] = size;
        let mut server = Running(
            Process::new("Xvfb")
                .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0"])
                .arg(format!("{width}x{height}x24"))
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        );
        let mut number = String::new();
        let says = server.0.stdout.take().unwrap();
        BufReader::new(says).read_line(&mut number).unwrap();
        let display = format!(":{}", number.trim());

        let folder = TempDir::new().unwrap();
        let program = Process::new(env!("CARGO_BIN_EXE_twinscape"))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(scene))
            .args(["--size", &format!("{width}x{height}"), "--quality", "low"])
            .args(["--record", "record.toml"])
            .current_dir(folder.path())
            .env("XDG_CONFIG_HOME", folder.path().join("config"))
            .env("XDG_DATA_HOME", folder.path().join("data"))
            .env("DISPLAY", &display)
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut desk = Self {
            program: Running(program),
            display,
            folder,
            answer: Cell::new(ATTEMPT),
            _server: server,
        };
        desk.focus();
        Some(desk)
    }

    /// Waits for the window and gives it the keyboard, which a window manager would do.
    fn focus(&mut self) {
        let until = Instant::now() + PATIENCE;
        loop {
            let found = self.xdotool(&["search", "--onlyvisible", "--name", "Twinscape"]);
            if let Some(window) = found.lines().next() {
                self.xdotool(&["windowfocus", window]);
                return;
            }
            let ended = self.program.0.try_wait().unwrap();
            assert!(ended.is_none(), "the program ended: {}", self.log());
            assert!(Instant::now() < until, "no window: {}", self.log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn xdotool(&self, arguments: &[&str]) -> String {
        let done = Process::new("xdotool")
            .args(arguments)
            .env("DISPLAY", &self.display)
            .output()
            .unwrap();
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    /// Where the program runs, and keeps its configuration.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder().join("log")).unwrap_or_default()
    }

    /// What the program was asked for so far.
    pub fn recorded(&self) -> Vec<Command> {
        let file: PathBuf = self.folder().join("record.toml");
        let until = Instant::now() + Duration::from_secs(5);
        loop {
            match Script::read(&file) {
                Ok(script) => {
                    let steps = script.steps().iter();
                    return steps.map(|step| step.command.clone()).collect();
                }
                // A step may be half written just now.
                Err(error) => assert!(Instant::now() < until, "{error}: {}", self.log()),
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses a key or a chord, such as `ctrl+s`.
    pub fn key(&self, key: &str) {
        self.xdotool(&["key", key]);
    }

    /// Types a text.
    pub fn write(&self, text: &str) {
        self.xdotool(&["type", "--delay", "40", text]);
    }

    /// Waits between two moves of one hand: the program sees the mouse where it is before it is pressed,
    /// and no two of them in one frame.
    fn step(&self) {
        let step = (self.answer.get() / 3).clamp(Duration::from_millis(60), PATIENCE / 100);
        std::thread::sleep(step);
    }

    /// Clicks with the left button.
    pub fn click(&self, x: u32, y: u32) {
        let (x, y) = (x.to_string(), y.to_string());
        self.xdotool(&["mousemove", &x, &y]);
        self.step();
        self.xdotool(&["mousedown", "1"]);
        self.step();
        self.xdotool(&["mouseup", "1"]);
        self.step();
    }

    /// Drags with a button from a point by a way.
    pub fn drag(&self, button: u8, [x, y]: [u32; 2], [right, down]: [u32; 2]) {
        let button = button.to_string();
        let go = |share: u32| {
            let (x, y) = (x + right * share / 8, y + down * share / 8);
            self.xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
            self.step();
        };
        go(0);
        self.xdotool(&["mousedown", &button]);
        (1..=8).for_each(go);
        self.xdotool(&["mouseup", &button]);
    }

    /// Turns the wheel by three notches over a point.
    pub fn wheel(&self, [x, y]: [u32; 2]) {
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
        for _ in 0..3 {
            self.step();
            self.xdotool(&["click", "4"]);
        }
    }

    /// Turns the wheel by three notches over a point while Shift is held.
    pub fn shift_wheel(&self, place: [u32; 2]) {
        self.xdotool(&["keydown", "shift"]);
        self.wheel(place);
        self.pause();
        self.xdotool(&["keyup", "shift"]);
    }

    /// Waits for about as long as the program takes to answer.
    pub fn pause(&self) {
        std::thread::sleep(
            self.answer
                .get()
                .clamp(Duration::from_millis(400), PATIENCE / 10),
        );
    }

    /// Does one deed after another until one of them leads to such a command; all of them again, more
    /// slowly, where none did: what falls into one frame of a busy machine may be lost.
    pub fn try_until<T: Clone>(
        &self,
        deeds: impl IntoIterator<Item = T>,
        mut deed: impl FnMut(T),
        is_wanted: impl Fn(&Command) -> bool,
    ) -> Command {
        let before = self.recorded().len();
        let deeds: Vec<T> = deeds.into_iter().collect();
        let rounds = deeds.iter().chain(&deeds);
        rounds
            .cloned()
            .find_map(|one| self.attempt(before, || deed(one), &is_wanted))
            .unwrap_or_else(|| self.despair(before))
    }

    /// Does a deed, and says which command such as is wanted came since `before`.
    fn attempt(
        &self,
        before: usize,
        deed: impl FnOnce(),
        is_wanted: impl Fn(&Command) -> bool,
    ) -> Option<Command> {
        deed();
        let started = Instant::now();
        // Longer than the program needs, so that what comes is the answer to this deed.
        let patience = ATTEMPT.max(4 * self.answer.get());
        while started.elapsed() < patience {
            let given = self.recorded();
            if let Some(command) = given.into_iter().skip(before).find(&is_wanted) {
                let slower = started.elapsed() + Duration::from_millis(100);
                self.answer.set(slower.min(Duration::from_secs(8)));
                return Some(command);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        // Most attempts of a search lead to nothing, so it slows down this far only.
        self.slow_down(ATTEMPT / 2);
        None
    }

    /// Waits twice as long from now on, up to a limit, until the program answers sooner.
    fn slow_down(&self, limit: Duration) {
        let slower = (self.answer.get() * 2).clamp(ATTEMPT / 4, limit);
        self.answer.set(self.answer.get().max(slower));
    }

    fn despair(&self, before: usize) -> ! {
        panic!(
            "nothing led to it, only to {:?}\n{}",
            self.recorded().get(before..),
            self.log()
        );
    }

    /// Presses a key, again and again if need be, until it leads to such a command.
    pub fn key_until(&self, key: &str, is_wanted: impl Fn(&Command) -> bool) -> Command {
        self.try_until(0..40, |_| self.key(key), is_wanted)
    }

    /// Opens the menu by its key, goes down to an entry with Tab and chooses it with Enter: the
    /// first one from `entry` on that leads to such a command, and which it was. An entry that led to
    /// nothing is tried again before the next: a key may have been lost, and what is wanted be passed.
    pub fn menu_until(&self, entry: u32, is_wanted: impl Fn(&Command) -> bool) -> (u32, Command) {
        let before = self.recorded().len();
        for entry in entry..entry + 16 {
            let reached = self.recorded().len();
            for _ in 0..4 {
                let choose = || self.choose_in_menu(entry);
                if let Some(command) = self.attempt(before, choose, &is_wanted) {
                    self.key("Escape");
                    self.pause();
                    return (entry, command);
                }
                // Closing a menu is no choice.
                let given = self.recorded();
                let mut since = given.iter().skip(reached);
                if since.any(|command| *command != Command::ClearRange) {
                    break;
                }
                self.slow_down(2 * ATTEMPT);
            }
        }
        self.despair(before)
    }

    fn choose_in_menu(&self, entry: u32) {
        self.key("Escape");
        self.pause();
        self.key("ctrl+s");
        self.pause();
        for _ in 0..entry {
            self.key("Tab");
            self.pause();
        }
        self.key("Return");
    }

    /// Opens the palette, types what is wanted and takes the best of what is found.
    pub fn ask_until(&self, text: &str, is_wanted: impl Fn(&Command) -> bool) -> Command {
        self.try_until(
            0..12,
            |_| {
                self.key("Escape");
                self.key("ctrl+k");
                self.pause();
                self.key("ctrl+a");
                self.write(text);
                self.pause();
                self.key("Return");
            },
            is_wanted,
        )
    }

    /// Waits until something is so.
    pub fn wait(&self, what: &str, is_so: impl Fn() -> bool) {
        let until = Instant::now() + PATIENCE;
        while !is_so() {
            assert!(
                Instant::now() < until,
                "waited in vain: {what}\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits for the program's end.
    pub fn ends_with_success(&mut self) -> bool {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.program.0.try_wait().unwrap() {
                return status.success();
            }
            assert!(Instant::now() < until, "it does not end: {}", self.log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Width and height that a whole PNG file says it has.
pub fn png_size(file: &Path) -> Option<[u32; 2]> {
    let bytes = fs::read(file).ok()?;
    let is_whole = bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.ends_with(b"IEND\xaeB`\x82");
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    is_whole.then_some([number(16)?, number(20)?])
}
