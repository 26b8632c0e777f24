//! A calibration as a scenario: in the words of scenes, so that people can read and change it.

use std::fmt::Write;
use std::sync::Arc;

use super::{Calibration, Item, Machine, Quantity};
use crate::model::distribution::DistributionSpec;

impl Calibration {
    /// The scenario file of what is accepted: machines by their paths. What was not observed, or says
    /// nothing, stays as the scene has it.
    #[must_use]
    pub fn scenario(&self, is_accepted: impl Fn(&Machine) -> bool) -> String {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "# Calibrated from what was recorded from {} to {}.\n\
             # Simulate with it: twinscape simulate SCENE --calibration THIS\n\
             format = 1\nscene = {:?}\nname = \"calibrated {} to {}\"",
            self.from, self.to, &*self.scene, self.from, self.to
        );
        for machine in self.machines.iter().filter(|machine| is_accepted(machine)) {
            machine.write(&mut text);
        }
        text
    }
}

impl Machine {
    /// Every way was taken by somebody: a share of nothing would close it for good.
    fn has_whole_routes(&self) -> bool {
        self.routes.iter().all(|route| route.found.hits > 0)
    }

    /// The fitted distribution of a quantity.
    fn fitted(&self, quantity: &Quantity) -> Option<&Item> {
        let mut items = self.items.iter();
        items.find(|item| item.quantity == *quantity && item.fit.is_some())
    }

    fn write(&self, text: &mut String) {
        let mut keys: Vec<String> = Vec::new();
        let mut notes = Vec::new();
        let mut take = |quantity: Quantity| {
            let item = self.fitted(&quantity)?;
            let fit = item.fit.as_ref()?;
            let few = if item.is_few() { ", few data" } else { "" };
            notes.push(format!(
                "{} of {} observed{few}",
                quantity.name(),
                item.observed
            ));
            Some(toml(&fit.distribution))
        };
        if let Some(cycle) = take(Quantity::Cycle) {
            keys.push(format!("cycle = {cycle}"));
        }
        let by_type: Vec<Arc<str>> = self
            .items
            .iter()
            .filter_map(|item| match &item.quantity {
                Quantity::CycleOf(part_type) => Some(Arc::clone(part_type)),
                _ => None,
            })
            .collect();
        let of_types: Vec<String> = by_type
            .into_iter()
            .filter_map(|part_type| {
                let cycle = take(Quantity::CycleOf(Arc::clone(&part_type)))?;
                Some(format!("{part_type} = {cycle}"))
            })
            .collect();
        if !of_types.is_empty() {
            keys.push(format!("cycle_by_type = {{ {} }}", of_types.join(", ")));
        }
        if let Some(setup) = take(Quantity::Setup) {
            keys.push(format!("setup = {setup}"));
        }
        let pairs: Vec<(Arc<str>, Arc<str>, Option<DistributionSpec>)> = self
            .items
            .iter()
            .filter_map(|item| match &item.quantity {
                Quantity::SetupOf(from, to) => {
                    Some((Arc::clone(from), Arc::clone(to), item.assumed.clone()))
                }
                _ => None,
            })
            .collect();
        let mut is_any_fitted = false;
        let of_pairs: Vec<String> = pairs
            .into_iter()
            .filter_map(|(from, to, assumed)| {
                let fitted = take(Quantity::SetupOf(Arc::clone(&from), Arc::clone(&to)));
                is_any_fitted |= fitted.is_some();
                // The list replaces that of the scene: a pair that was not seen stays as it was.
                let time = fitted.or_else(|| Some(toml(&assumed?)))?;
                Some(format!("{{ from = {from:?}, to = {to:?}, time = {time} }}"))
            })
            .collect();
        if is_any_fitted {
            keys.push(format!("setup_matrix = [{}]", of_pairs.join(", ")));
        }
        let after = take(Quantity::TimeToFailure).map(|after| format!("after = {after}"));
        let repair = take(Quantity::TimeToRepair).map(|repair| format!("repair = {repair}"));
        let is_described = |quantity: Quantity| {
            let item = self.items.iter().find(|item| item.quantity == quantity);
            item.is_some_and(|item| item.assumed.is_some())
        };
        // One of them alone makes a failure only where the scene has the other.
        if (after.is_some() && repair.is_some()) || is_described(Quantity::TimeToFailure) {
            let parts: Vec<String> = after.into_iter().chain(repair).collect();
            if !parts.is_empty() {
                keys.push(format!("failure = {{ {} }}", parts.join(", ")));
            }
        }
        if let Some(scrap) = &self.scrap {
            keys.push(format!("scrap = {}", number(scrap.found.share())));
            notes.push(format!(
                "{} of {} parts bad",
                scrap.found.hits, scrap.found.of
            ));
        }
        for route in self.routes.iter().filter(|_| self.has_whole_routes()) {
            let (hits, of) = (route.found.hits, route.found.of);
            let _ = writeln!(
                text,
                "\n# {hits} of {of} parts\n[[route]]\nfrom = {:?}\nto = {:?}\nshare = {}",
                &*self.path,
                &*route.what,
                number(route.found.share())
            );
        }
        if keys.is_empty() {
            return;
        }
        let _ = writeln!(
            text,
            "\n# {}\n[[change]]\nequipment = {:?}\nprocess = {{ {} }}",
            notes.join("; "),
            &*self.path,
            keys.join(", ")
        );
    }
}

/// A distribution for people; of an empirical one, how many values it has.
#[must_use]
pub fn words(spec: &DistributionSpec) -> String {
    match spec {
        DistributionSpec::Empirical { values, .. } => format!("{} observed values", values.len()),
        DistributionSpec::Constant { value } => format!("always {}", secs(*value).replace('"', "")),
        spec => {
            let text = toml(spec).replace('"', "").replacen(" = { ", " (", 1);
            let text = text.trim_start_matches("{ ").trim_end_matches(" } }");
            format!("{text})")
        }
    }
}

/// A distribution in the words of scenes.
fn toml(spec: &DistributionSpec) -> String {
    let two = |name: &str, a: (&str, String), b: (&str, String)| {
        format!("{{ {name} = {{ {} = {}, {} = {} }} }}", a.0, a.1, b.0, b.1)
    };
    match spec {
        DistributionSpec::Constant { value } => secs(*value),
        DistributionSpec::Exponential { mean } => {
            format!("{{ exponential = {{ mean = {} }} }}", secs(*mean))
        }
        DistributionSpec::Normal { mean, sd } => {
            two("normal", ("mean", secs(*mean)), ("sd", secs(*sd)))
        }
        DistributionSpec::Lognormal { mean, sd } => {
            two("lognormal", ("mean", secs(*mean)), ("sd", secs(*sd)))
        }
        DistributionSpec::Uniform { min, max } => {
            two("uniform", ("min", secs(*min)), ("max", secs(*max)))
        }
        DistributionSpec::Triangular { min, mode, max } => format!(
            "{{ triangular = {{ min = {}, mode = {}, max = {} }} }}",
            secs(*min),
            secs(*mode),
            secs(*max)
        ),
        DistributionSpec::Gamma { shape, scale } => two(
            "gamma",
            ("shape", number(*shape)),
            ("mean", secs(shape * scale)),
        ),
        DistributionSpec::Erlang { k, mean } => {
            two("erlang", ("k", k.to_string()), ("mean", secs(*mean)))
        }
        DistributionSpec::Weibull { shape, scale } => two(
            "weibull",
            ("shape", number(*shape)),
            ("scale", secs(*scale)),
        ),
        DistributionSpec::Geometric { probability, unit } => two(
            "geometric",
            ("probability", number(*probability)),
            ("unit", secs(*unit)),
        ),
        DistributionSpec::Empirical { values, .. } => {
            let values: Vec<String> = values.iter().map(|value| secs(*value)).collect();
            format!("{{ empirical = [{}] }}", values.join(", "))
        }
    }
}

/// Seconds with six significant digits, never with an exponent.
fn secs(value: f64) -> String {
    format!("\"{}s\"", number(value))
}

fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0.0".to_owned();
    }
    let digits = (5 - value.abs().log10().floor() as i32).clamp(0, 9) as usize;
    let text = format!("{value:.digits$}");
    let text = match text.contains('.') {
        true => text.trim_end_matches('0'),
        false => &text,
    };
    match text.strip_suffix('.') {
        Some(whole) => format!("{whole}.0"),
        None if text.contains('.') => text.to_owned(),
        None => format!("{text}.0"),
    }
}
