//! The mean of a distribution, in closed form.

use crate::model::distribution::DistributionSpec;

/// The mean of the draws in seconds, of parameters that have been checked.
pub(super) fn mean_secs(spec: &DistributionSpec) -> f64 {
    match *spec {
        DistributionSpec::Constant { value } => value,
        DistributionSpec::Uniform { min, max } => 0.5 * (min + max),
        DistributionSpec::Triangular { min, mode, max } => (min + mode + max) / 3.0,
        DistributionSpec::Exponential { mean }
        | DistributionSpec::Lognormal { mean, .. }
        | DistributionSpec::Erlang { mean, .. } => mean,
        DistributionSpec::Normal { mean, sd } => truncated_normal_mean(mean, sd),
        DistributionSpec::Gamma { shape, scale } => shape * scale,
        DistributionSpec::Weibull { shape, scale } => scale * gamma_function(1.0 + 1.0 / shape),
        DistributionSpec::Geometric { probability, unit } => unit / probability,
        DistributionSpec::Empirical {
            ref values,
            ref weights,
        } => {
            if weights.is_empty() {
                values.iter().sum::<f64>() / values.len() as f64
            } else {
                let sum: f64 = values.iter().zip(weights).map(|(v, w)| v * w).sum();
                sum / weights.iter().sum::<f64>()
            }
        }
    }
}

/// μ + σ φ(a) / (1 − Φ(a)) with a = −μ/σ (Johnson, Kotz and Balakrishnan 1994, §13.10.1).
fn truncated_normal_mean(mean: f64, sd: f64) -> f64 {
    if sd == 0.0 {
        return mean;
    }
    let a = mean / sd;
    let density = (-0.5 * a * a).exp() / std::f64::consts::TAU.sqrt();
    mean + sd * density / (1.0 - 0.5 * erfc(a / std::f64::consts::SQRT_2))
}

/// Complementary error function for x ≥ 0, relative error below 1.2e-7 (Numerical Recipes, §6.2).
fn erfc(x: f64) -> f64 {
    const C: [f64; 10] = [
        -1.265_512_23,
        1.000_023_68,
        0.374_091_96,
        0.096_784_18,
        -0.186_288_06,
        0.278_868_07,
        -1.135_203_98,
        1.488_515_87,
        -0.822_152_23,
        0.170_872_77,
    ];
    let t = 1.0 / (1.0 + 0.5 * x);
    let polynomial = C.iter().rev().fold(0.0, |sum, c| sum * t + c);
    t * (-x * x + polynomial).exp()
}

/// Γ(x) for x > 0, relative error below 1e-13.
fn gamma_function(x: f64) -> f64 {
    let (t, series) = lanczos(x);
    std::f64::consts::TAU.sqrt() * t.powf(x - 0.5) * (-t).exp() * series
}

/// Lanczos' approximation (g = 7, n = 9): Γ(x) = √(2π) t^(x − ½) e^(−t) s for these t and s, x > 0.
pub(crate) fn lanczos(x: f64) -> (f64, f64) {
    const C: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let t = x + 7.5;
    let terms = C.iter().enumerate().skip(1);
    let series = terms.fold(C[0], |sum, (i, c)| sum + c / (x + i as f64));
    (t, series)
}
