//! Time of the view: reads the one clock, paces redraws, and lets other threads wake the window.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bevy::prelude::*;
use bevy::winit::{EventLoopProxyWrapper, UpdateMode, WinitSettings, WinitUserEvent};

use super::viewport::Redraw;
use super::{TwinView, ViewerSystems, quality::ShownQuality};
use crate::clock::Clock;

/// Wakes the window from another thread, at a bounded rate: the ingest calls [`Waker::wake`] after
/// each batch, as often as it likes.
#[derive(Clone, Debug, Default)]
pub struct Waker(Arc<WakerState>);

#[derive(Default)]
struct WakerState {
    proxy: Mutex<Option<winit::event_loop::EventLoopProxy<WinitUserEvent>>>,
    is_pending: AtomicBool,
    last_nanos: AtomicI64,
}

impl std::fmt::Debug for WakerState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WakerState")
    }
}

impl Waker {
    /// No two wake-ups closer than this.
    pub const INTERVAL: Duration = Duration::from_millis(100);

    /// Asks for a frame. Cheap; does nothing while one is already asked for, or was had less than
    /// [`Waker::INTERVAL`] before `now`: the frame that comes anyway shows it.
    pub fn wake(&self, now: crate::model::Timestamp) {
        let since = now.as_nanos() - self.0.last_nanos.load(Ordering::Relaxed);
        if since < Self::INTERVAL.as_nanos() as i64
            || self.0.is_pending.swap(true, Ordering::Relaxed)
        {
            return;
        }
        let proxy = self.0.proxy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(proxy) = &*proxy {
            // The loop has ended when this fails: nobody is left to be woken.
            proxy.send_event(WinitUserEvent::WakeUp).ok();
        }
    }

    fn frame_begins(&self, now: crate::model::Timestamp) {
        self.0.last_nanos.store(now.as_nanos(), Ordering::Relaxed);
        self.0.is_pending.store(false, Ordering::Relaxed);
    }
}

/// The clock of the program, and the waker that others hold.
#[derive(Resource, Clone)]
pub struct ViewClock {
    /// The one clock.
    pub clock: Arc<Clock>,
    /// Wakes the window.
    pub waker: Waker,
}

/// How long a window rests when nothing happens: ages on screen stay right to the second.
const REST: Duration = Duration::from_secs(1);

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Startup, connect_waker)
        .add_systems(Update, tick.in_set(ViewerSystems::Clock))
        .add_systems(Last, pace);
}

fn connect_waker(clock: Option<Res<ViewClock>>, proxy: Option<Res<EventLoopProxyWrapper>>) {
    if let (Some(clock), Some(proxy)) = (clock, proxy) {
        let mut slot = clock
            .waker
            .0
            .proxy
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *slot = Some((**proxy).clone());
    }
}

fn tick(clock: Option<Res<ViewClock>>, mut view: ResMut<TwinView>) {
    if let Some(clock) = clock {
        let now = clock.clock.now();
        clock.waker.frame_begins(now);
        view.now = now;
    }
}

/// Sets how soon the next frame comes by itself: soon while something moves, else after a rest.
fn pace(redraw: Res<Redraw>, quality: Res<ShownQuality>, settings: Option<ResMut<WinitSettings>>) {
    let Some(mut settings) = settings else {
        return;
    };
    let wait = if redraw.is_moving() {
        Duration::from_secs_f32(1.0 / quality.preset().frames_per_second)
    } else {
        REST
    };
    let focused = UpdateMode::reactive_low_power(wait);
    if settings.focused_mode != focused {
        settings.focused_mode = focused;
        settings.unfocused_mode = focused;
    }
}
