//! [`run`]: the viewer from start to end, in a window or off-screen.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bevy::app::{AppExit, TaskPoolPlugin};
use bevy::asset::{AssetPlugin, UnapprovedPathMode};
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::window::{ExitCondition, PresentMode, WindowResolution};
use bevy::winit::WinitPlugin;
use bevy_egui::EguiPlugin;

use super::capture::Captures;
use super::clock::{ViewClock, Waker};
use super::commands::{CommandQueue, Host, HostLink};
use super::drawn::Drawn;
use super::quality::ShownQuality;
use super::viewport::OffScreenSize;
use super::{TwinView, ViewerPlugin, ViewerSystems, building, light, ui};
use crate::clock::Clock;
use crate::command::{Command, Quality};
use crate::model::Snapshot;
use crate::script::Script;
use crate::state::ViewReport;
use crate::twin::Twin;

/// Where it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// In a window of this size at the start, points.
    Window {
        /// Width and height.
        size: [u32; 2],
    },
    /// Nowhere but in memory, for pictures.
    OffScreen {
        /// Width and height, pixels.
        size: [u32; 2],
    },
}

/// What the viewer needs to run.
pub struct ViewerOptions {
    /// The twin to show.
    pub twin: Twin,
    /// The one clock.
    pub clock: Arc<Clock>,
    /// Wakes the window; the ingest holds a clone.
    pub waker: Waker,
    /// Where to draw.
    pub surface: Surface,
    /// Quality; `None`: by the adapter.
    pub quality: Option<Quality>,
    /// Commands with times.
    pub script: Script,
    /// A picture at the end (PNG), of a run that ends by [`ViewerOptions::run_for`].
    pub screenshot: Option<PathBuf>,
    /// How long to run; `None`: until the user ends it.
    pub run_for: Option<Duration>,
    /// The program around.
    pub host: Box<dyn Host>,
}

/// What a run did.
#[derive(Debug, Default)]
pub struct ExitReport {
    /// Frames.
    pub frames: u64,
    /// Pictures written.
    pub pictures: Vec<PathBuf>,
    /// What failed on the way.
    pub problems: Vec<String>,
    /// The twin at the end.
    pub twin: Option<Twin>,
    /// The plant at the end.
    pub snapshot: Snapshot,
    /// What was drawn of it.
    pub view: Option<ViewReport>,
}

/// Why the viewer could not run.
#[derive(Debug, thiserror::Error)]
pub enum ViewerError {
    /// No Vulkan adapter. The program can go on without pictures.
    #[error(
        "no graphics adapter was found, not even one in software: install a Vulkan driver; on \
         Debian and Ubuntu `apt install mesa-vulkan-drivers` brings one that needs no GPU"
    )]
    NoAdapter,
    /// The window system refused.
    #[error("no window could be opened ({0}): set DISPLAY or WAYLAND_DISPLAY, or use --headless")]
    NoDisplay(String),
    /// The renderer gave up.
    #[error("the viewer ended with an error: {0}")]
    Failed(String),
}

/// Whether a window can be opened here: on Linux, whether the display server that the environment
/// names answers. (The window library would panic where none does.)
pub fn has_display() -> bool {
    #[cfg(target_os = "linux")]
    {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        variable("WAYLAND_DISPLAY").is_some_and(|name| answers_wayland(&name))
            || variable("DISPLAY").is_some_and(|name| answers_x11(&name))
    }
    #[cfg(not(target_os = "linux"))]
    true
}

#[cfg(target_os = "linux")]
fn answers_wayland(name: &str) -> bool {
    let folder = std::env::var_os("XDG_RUNTIME_DIR").unwrap_or_default();
    // An absolute name replaces the folder.
    let socket = std::path::Path::new(&folder).join(name);
    std::os::unix::net::UnixStream::connect(socket).is_ok()
}

/// `[host]:display[.screen]`.
#[cfg(target_os = "linux")]
fn answers_x11(name: &str) -> bool {
    use std::net::ToSocketAddrs;
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixStream};

    let Some((host, display)) = name.rsplit_once(':') else {
        return false;
    };
    let number = display.split('.').next().unwrap_or_default();
    let Ok(number) = number.parse::<u16>() else {
        return false;
    };
    if !host.is_empty() && host != "unix" {
        let Some(port) = number.checked_add(6_000) else {
            return false;
        };
        return (host, port).to_socket_addrs().is_ok_and(|mut addresses| {
            addresses.any(|address| {
                std::net::TcpStream::connect_timeout(&address, Duration::from_secs(2)).is_ok()
            })
        });
    }
    let socket = format!("/tmp/.X11-unix/X{number}");
    UnixStream::connect(&socket).is_ok()
        || SocketAddr::from_abstract_name(&socket)
            .is_ok_and(|address| UnixStream::connect_addr(&address).is_ok())
}

/// The quality that suits the adapter which will draw; asks the driver before Bevy does, which
/// would panic without one.
pub(super) fn probe() -> Result<Quality, ViewerError> {
    let backends = wgpu::Backends::from_env().unwrap_or(wgpu::Backends::all());
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let adapter = bevy::tasks::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions {
        power_preference: wgpu::PowerPreference::HighPerformance,
        ..default()
    }))
    .map_err(|_| ViewerError::NoAdapter)?;
    Ok(match adapter.get_info().device_type {
        wgpu::DeviceType::Cpu => Quality::Low,
        wgpu::DeviceType::DiscreteGpu => Quality::High,
        _ => Quality::Medium,
    })
}

/// When to give which command, and when to end.
#[derive(Resource)]
struct Plan {
    script: Script,
    next: usize,
    started: Duration,
    run_for: Option<Duration>,
    screenshot: Option<PathBuf>,
    frames: u64,
}

/// What must outlive the app, which a window's event loop consumes.
#[derive(Resource, Clone, Default)]
struct Outcome(Arc<std::sync::Mutex<ExitReport>>);

/// Runs the viewer until the user, the script or [`ViewerOptions::run_for`] ends it.
///
/// # Errors
/// When there is no adapter or no display: the program can go on without a view.
pub fn run(options: ViewerOptions) -> Result<ExitReport, ViewerError> {
    if matches!(options.surface, Surface::Window { .. }) && !has_display() {
        return Err(ViewerError::NoDisplay("no display answers".to_owned()));
    }
    let by_adapter = probe()?;
    let mut view = TwinView::new(options.twin, options.clock.now());
    if let Some(quality) = options.quality {
        // Cannot fail: it names nothing of the plant.
        view.twin.apply(&Command::SetQuality(quality)).ok();
    }
    let outcome = Outcome::default();
    let mut app = app(view, options.surface, by_adapter, options.host);
    app.insert_resource(Plan {
        script: options.script,
        next: 0,
        started: options.clock.elapsed(),
        run_for: options.run_for,
        screenshot: options.screenshot,
        frames: 0,
    })
    .insert_resource(outcome.clone())
    .insert_resource(ViewClock {
        clock: options.clock,
        waker: options.waker,
    })
    .add_systems(Update, follow_plan.before(ViewerSystems::Commands))
    .add_systems(Last, report);
    let exit = match options.surface {
        Surface::Window { .. } => app.run(),
        Surface::OffScreen { .. } => run_off_screen(&mut app),
    };
    if exit.is_error() {
        return Err(ViewerError::Failed("see the log".to_owned()));
    }
    let mut report = outcome
        .0
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(std::mem::take(&mut report))
}

/// The program that shows a view on a surface, before it runs.
pub(super) fn app(
    view: TwinView,
    surface: Surface,
    by_adapter: Quality,
    host: Box<dyn Host>,
) -> App {
    let title = format!("{} – Twinscape", view.twin.plant().name);
    let mut app = App::new();
    let plugins = DefaultPlugins
        .build()
        .disable::<LogPlugin>()
        .set(TaskPoolPlugin::default())
        .set(AssetPlugin {
            file_path: "/".to_owned(),
            unapproved_path_mode: UnapprovedPathMode::Allow,
            ..default()
        })
        .set(RenderPlugin {
            synchronous_pipeline_compilation: true,
            ..default()
        });
    match surface {
        Surface::Window { size } => app.add_plugins(plugins.set(WindowPlugin {
            primary_window: Some(Window {
                title,
                resolution: WindowResolution::new(size[0], size[1]),
                present_mode: PresentMode::AutoVsync,
                ..default()
            }),
            ..default()
        })),
        Surface::OffScreen { size } => {
            app.insert_resource(OffScreenSize(UVec2::from_array(size)));
            app.add_plugins(
                plugins
                    .disable::<WinitPlugin>()
                    .disable::<PipelinedRenderingPlugin>()
                    .set(WindowPlugin {
                        primary_window: None,
                        exit_condition: ExitCondition::DontExit,
                        ..default()
                    }),
            )
        }
    };
    app.add_plugins(EguiPlugin::default())
        .insert_resource(view)
        .insert_resource(ShownQuality {
            by_adapter,
            quality: by_adapter,
            ..ShownQuality::default()
        })
        .insert_resource(HostLink(host))
        .add_plugins((ViewerPlugin, building::plugin, light::plugin, ui::plugin));
    app
}

/// Lets every plugin of a program that runs without an event loop get ready.
pub(super) fn finish(app: &mut App) {
    while app.plugins_state() == bevy::app::PluginsState::Adding {
        bevy::tasks::tick_global_task_pools_on_main_thread();
    }
    app.finish();
    app.cleanup();
}

/// No two off-screen frames closer than this.
const OFF_SCREEN_INTERVAL: Duration = Duration::from_millis(100);
/// Time between two status lines.
const STATUS_INTERVAL: Duration = Duration::from_secs(1);

fn run_off_screen(app: &mut App) -> AppExit {
    finish(app);
    let Some(clock) = app.world().get_resource::<ViewClock>().cloned() else {
        return AppExit::error();
    };
    let mut told = clock.clock.elapsed();
    loop {
        let started = clock.clock.elapsed();
        app.update();
        if let Some(exit) = app.should_exit() {
            return exit;
        }
        if clock.clock.elapsed() >= told + STATUS_INTERVAL {
            told = clock.clock.elapsed();
            app.world_mut()
                .resource_scope(|world, mut host: Mut<HostLink>| {
                    let view = world.resource::<TwinView>();
                    host.0.status(&view.twin, &view.snapshot);
                });
        }
        let spent = clock.clock.elapsed() - started;
        std::thread::sleep(OFF_SCREEN_INTERVAL.saturating_sub(spent));
    }
}

fn follow_plan(
    mut plan: ResMut<Plan>,
    clock: Res<ViewClock>,
    captures: Res<Captures>,
    mut queue: ResMut<CommandQueue>,
    mut exit: MessageWriter<AppExit>,
    mut redraw: ResMut<super::viewport::Redraw>,
) {
    plan.frames += 1;
    let elapsed = clock.clock.elapsed().saturating_sub(plan.started);
    // A picture shows the plant as it is at its step: later steps wait for it.
    while !captures.is_busy()
        && let Some(step) = plan.script.steps().get(plan.next)
    {
        if step.at > elapsed || !queue.push(step.command.clone()) {
            break;
        }
        let is_picture = matches!(step.command, Command::Screenshot(_));
        plan.next += 1;
        if is_picture {
            break;
        }
    }
    if plan.next < plan.script.steps().len() || plan.run_for.is_some() {
        redraw.waits();
    }
    if plan.run_for.is_some_and(|run_for| elapsed >= run_for) && !captures.is_busy() {
        if let Some(file) = plan.screenshot.take() {
            queue.push(Command::Screenshot(file.into()));
        } else if queue.is_empty() {
            exit.write(AppExit::Success);
        }
    }
}

fn report(
    plan: Res<Plan>,
    captures: Res<Captures>,
    view: Res<TwinView>,
    drawn: Drawn,
    outcome: Res<Outcome>,
    mut exits: MessageReader<AppExit>,
) {
    if exits.read().next().is_none() {
        return;
    }
    let mut report = outcome
        .0
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    report.frames = plan.frames;
    report.pictures.clone_from(&captures.written);
    report.problems.clone_from(&captures.failed);
    report.twin = Some(view.twin.clone());
    report.snapshot = view.snapshot.clone();
    report.view = Some(drawn.report(&view));
}
