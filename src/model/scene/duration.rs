//! Durations as people write them: `250ms`, `72s`, `5m`, `8h`, `7d`.

use std::time::Duration;

/// A text that is not a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseDurationError {
    /// No number in front.
    #[error("it must start with a number")]
    Number,
    /// No unit behind the number, or an unknown one.
    #[error("it must end with ms, s, m, h or d")]
    Unit,
    /// Negative, infinite or longer than a hundred years.
    #[error("it must lie between 0 and 36500d")]
    Range,
}

/// Reads a number with a unit: `ms`, `s`, `m` (or `min`), `h`, `d`.
///
/// # Errors
///
/// What about the text is not a duration.
pub fn parse_duration(text: &str) -> Result<Duration, ParseDurationError> {
    let text = text.trim();
    let split = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    if number.is_empty() && text.starts_with('-') {
        return Err(ParseDurationError::Range);
    }
    let number: f64 = number.parse().map_err(|_| ParseDurationError::Number)?;
    let seconds = match unit.trim() {
        "ms" => 1e-3,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        _ => return Err(ParseDurationError::Unit),
    };
    let seconds = number * seconds;
    if !(0.0..=36_500.0 * 86_400.0).contains(&seconds) {
        return Err(ParseDurationError::Range);
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| ParseDurationError::Range)
}
