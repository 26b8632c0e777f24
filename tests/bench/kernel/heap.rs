//! What a replication holds in memory, counted by the allocator.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use super::{Outcome, monte_carlo};

/// The system's allocator, which counts what each thread holds.
struct Counting;

#[global_allocator]
static HEAP: Counting = Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    // A thread that ends frees without being counted.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

#[expect(
    unsafe_code,
    reason = "an allocator cannot be written without; it passes every call on"
)]
// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

pub fn run() -> Outcome<()> {
    for (name, experiment) in [
        ("line", monte_carlo::line_of_parts()?),
        ("demo plant", monte_carlo::demo_plant()?),
    ] {
        let before = HELD.get();
        MOST.set(before);
        let outcome = experiment.replication(0)?;
        let (most, results) = (MOST.get() - before, HELD.get() - before);
        drop(outcome);
        println!(
            "memory               {:8.0} KB for one replication of the {name}, beside {:.0} KB of \
             results (goal 1000)",
            (most - results) as f64 / 1e3,
            results as f64 / 1e3
        );
    }
    Ok(())
}
