//! Functions of mathematics that likelihoods need.

use crate::simulation::lanczos;

/// Natural logarithm of the gamma function for x > 0.
pub(super) fn ln_gamma(x: f64) -> f64 {
    if x < 0.5 {
        // Reflection.
        let pi = std::f64::consts::PI;
        return (pi / (pi * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let (t, series) = lanczos(x);
    0.5 * std::f64::consts::TAU.ln() + (x - 0.5) * t.ln() - t + series.ln()
}

/// Derivative of [`ln_gamma`] for x > 0: recurrence up to 6, then the asymptotic series (Abramowitz and
/// Stegun 6.3.18).
pub(super) fn digamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 6.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let inverse = 1.0 / (x * x);
    let series = inverse * (1.0 / 12.0 - inverse * (1.0 / 120.0 - inverse / 252.0));
    sum + x.ln() - 0.5 / x - series
}

/// Derivative of [`digamma`] for x > 0 (Abramowitz and Stegun 6.4.12).
pub(super) fn trigamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 6.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let inverse = 1.0 / (x * x);
    let series = inverse * (1.0 / 6.0 - inverse * (1.0 / 30.0 - inverse / 42.0));
    sum + 1.0 / x + 0.5 * inverse + series / x
}

/// Regularised lower incomplete gamma function: by its series below the mean, by its continued fraction
/// above (*Numerical Recipes*, §6.2).
pub(super) fn gamma_p(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let mut term = 1.0 / a;
        let mut sum = term;
        let mut n = a;
        for _ in 0..10_000 {
            n += 1.0;
            term *= x / n;
            sum += term;
            if term < sum * 1e-14 {
                break;
            }
        }
        return (front * sum).clamp(0.0, 1.0);
    }
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut h = d;
    for i in 1..10_000 {
        let i = f64::from(i);
        let an = -i * (i - a);
        b += 2.0;
        d = an * d + b;
        d = if d.abs() < TINY { TINY } else { d };
        c = b + an / c;
        c = if c.abs() < TINY { TINY } else { c };
        d = 1.0 / d;
        let delta = d * c;
        h *= delta;
        if (delta - 1.0).abs() < 1e-14 {
            break;
        }
    }
    (1.0 - front * h).clamp(0.0, 1.0)
}

/// What a gamma variable of shape `a` and scale 1 does not exceed with probability `p`, by halving: half
/// a χ² quantile of 2 `a` degrees of freedom.
pub(super) fn gamma_quantile(a: f64, p: f64) -> f64 {
    let mut high = a.max(1.0);
    while gamma_p(a, high) < p && high < 1e9 {
        high *= 2.0;
    }
    let mut low = 0.0;
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if gamma_p(a, middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Standard normal distribution function, by the incomplete gamma function.
pub(super) fn normal_cdf(z: f64) -> f64 {
    let half = 0.5 * gamma_p(0.5, 0.5 * z * z);
    if z < 0.0 { 0.5 - half } else { 0.5 + half }
}

/// The lowest point of `f` near `start` (Nelder and Mead 1965), within `steps` evaluations or so.
pub(super) fn minimise<const N: usize>(
    start: [f64; N],
    step: f64,
    steps: usize,
    f: impl Fn(&[f64; N]) -> f64,
) -> [f64; N] {
    let mut simplex: Vec<([f64; N], f64)> = Vec::with_capacity(N + 1);
    simplex.push((start, f(&start)));
    for axis in 0..N {
        let mut point = start;
        point[axis] += step;
        simplex.push((point, f(&point)));
    }
    let blend = |a: &[f64; N], b: &[f64; N], t: f64| {
        std::array::from_fn(|axis| a[axis] + t * (b[axis] - a[axis]))
    };
    for _ in 0..steps {
        simplex.sort_by(|(_, a), (_, b)| a.total_cmp(b));
        let (best, worst) = (simplex[0].1, simplex[N].1);
        if (worst - best).abs() <= 1e-10 * (best.abs() + 1e-10) {
            break;
        }
        let mut centre = [0.0; N];
        for (point, _) in simplex.iter().take(N) {
            for axis in 0..N {
                centre[axis] += point[axis] / N as f64;
            }
        }
        let last = simplex[N].0;
        let try_at = |t: f64| {
            let point = blend(&centre, &last, t);
            (point, f(&point))
        };
        let reflected = try_at(-1.0);
        if reflected.1 < best {
            let expanded = try_at(-2.0);
            simplex[N] = if expanded.1 < reflected.1 {
                expanded
            } else {
                reflected
            };
        } else if reflected.1 < simplex[N - 1].1 {
            simplex[N] = reflected;
        } else {
            let contracted = try_at(if reflected.1 < worst { -0.5 } else { 0.5 });
            if contracted.1 < worst.min(reflected.1) {
                simplex[N] = contracted;
            } else {
                let first = simplex[0].0;
                for vertex in simplex.iter_mut().skip(1) {
                    let point = blend(&first, &vertex.0, 0.5);
                    *vertex = (point, f(&point));
                }
            }
        }
    }
    simplex.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    simplex[0].0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_those_of_the_tables() {
        assert!((ln_gamma(5.0) - 24.0_f64.ln()).abs() < 1e-12);
        assert!((ln_gamma(0.5) - std::f64::consts::PI.sqrt().ln()).abs() < 1e-12);
        assert!((digamma(1.0) + 0.577_215_664_901_532_9).abs() < 1e-8);
        assert!((trigamma(1.0) - std::f64::consts::PI.powi(2) / 6.0).abs() < 1e-7);
        assert!((gamma_p(1.0, 2.0) - (1.0 - (-2.0_f64).exp())).abs() < 1e-12);
        assert!((gamma_p(3.0, 10.0) - 0.997_230_604_284_488_8).abs() < 1e-12);
        assert!((normal_cdf(1.959_963_984_540_054) - 0.975).abs() < 1e-12);
        assert!((normal_cdf(-3.0) - 0.001_349_898_031_630_1).abs() < 1e-12);
    }

    #[test]
    fn the_lowest_point_is_found() {
        let found = minimise([-1.2, 1.0], 0.5, 2_000, |[x, y]| {
            (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2)
        });
        assert!(
            (found[0] - 1.0).abs() < 1e-3 && (found[1] - 1.0).abs() < 1e-3,
            "{found:?}"
        );
    }
}
