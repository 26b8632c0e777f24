//! Time that is ours on a machine shared with others.

use std::time::Duration;

use super::Outcome;

/// CPU time of this thread.
pub fn thread_secs() -> Outcome<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat")
        .map_err(|error| format!("CPU time can be read on Linux only: {error}"))?;
    let nanos = stat.split(' ').next().ok_or("no time in schedstat")?;
    Ok(Duration::from_nanos(nanos.parse()?).as_secs_f64())
}

/// CPU time of all threads of this process, those that have ended included; in ticks of 10 ms.
pub fn process_secs() -> Outcome<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The name of the program, in brackets, may hold spaces. utime and stime are 14 and 15.
    let (_, after_name) = stat
        .rsplit_once(')')
        .ok_or("no program name in /proc/self/stat")?;
    let ticks = after_name.split_whitespace().skip(11).take(2);
    let ticks: f64 = ticks.filter_map(|t| t.parse::<f64>().ok()).sum();
    Ok(ticks / 100.0)
}
