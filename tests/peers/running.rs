//! A process that ends with the test or benchmark that started it, and what the system says it
//! takes (Linux).

use std::fs;
use std::process::Child;

/// Killed when dropped.
pub struct Running(pub Child);

impl Running {
    /// CPU time it has taken, s.
    pub fn cpu_secs(&self) -> f64 {
        cpu_secs(&self.0.id().to_string(), Whose::Own)
    }

    /// Memory it holds, MiB.
    pub fn resident_mib(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let kib = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"))
            .unwrap();
        kib.parse::<f64>().unwrap() / 1024.0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whose CPU time is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The process's own.
    Own,
    /// That of its children which have ended and been waited for.
    Children,
}

/// CPU time of a process, or of its children, s; `self` is the asking one.
pub fn cpu_secs(process: &str, whose: Whose) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The program's name, in brackets, may hold spaces. utime, stime, cutime and cstime are fields
    // 14 to 17, in ticks of 10 ms.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let first = match whose {
        Whose::Own => 11,
        Whose::Children => 13,
    };
    let ticks = fields.split_whitespace().skip(first).take(2);
    ticks.map(|tick| tick.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}
