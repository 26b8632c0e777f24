//! [`Unit`]: engineering units by their usual symbols, each of one [`Quantity`].
//!
//! A sample is kept in the unit its source sent it in (a fact is recorded, never converted);
//! [`Unit::to_si`] converts where physics or another unit needs it.

use std::fmt;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// A bare number, a ratio or a count.
    Dimensionless,
    /// Thermodynamic temperature.
    Temperature,
    /// Angle.
    Angle,
    /// Length, position, level.
    Length,
    /// Linear speed, vibration velocity.
    Speed,
    /// Linear acceleration.
    Acceleration,
    /// Rotational speed.
    RotationalSpeed,
    /// Pressure.
    Pressure,
    /// Volume flow.
    VolumeFlow,
    /// Mass flow.
    MassFlow,
    /// Volume.
    Volume,
    /// Mass.
    Mass,
    /// Force.
    Force,
    /// Torque.
    Torque,
    /// Power.
    Power,
    /// Energy.
    Energy,
    /// Electric current.
    Current,
    /// Electric potential.
    Voltage,
    /// Frequency.
    Frequency,
    /// Time.
    Time,
    /// Things per time.
    Rate,
    /// Electrical conductivity of a fluid.
    Conductivity,
    /// Sound pressure level.
    SoundLevel,
    /// Concentration by volume or mass.
    Concentration,
}

impl Quantity {
    /// Name as a scene file writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dimensionless => "dimensionless",
            Self::Temperature => "temperature",
            Self::Angle => "angle",
            Self::Length => "length",
            Self::Speed => "speed",
            Self::Acceleration => "acceleration",
            Self::RotationalSpeed => "rotational-speed",
            Self::Pressure => "pressure",
            Self::VolumeFlow => "volume-flow",
            Self::MassFlow => "mass-flow",
            Self::Volume => "volume",
            Self::Mass => "mass",
            Self::Force => "force",
            Self::Torque => "torque",
            Self::Power => "power",
            Self::Energy => "energy",
            Self::Current => "current",
            Self::Voltage => "voltage",
            Self::Frequency => "frequency",
            Self::Time => "time",
            Self::Rate => "rate",
            Self::Conductivity => "conductivity",
            Self::SoundLevel => "sound-level",
            Self::Concentration => "concentration",
        }
    }

    /// Every quantity, for suggestions.
    pub fn all() -> impl Iterator<Item = Self> {
        let mut seen = Vec::new();
        UNITS
            .iter()
            .map(|unit| unit.quantity)
            .filter(move |quantity| {
                let is_new = !seen.contains(quantity);
                if is_new {
                    seen.push(*quantity);
                }
                is_new
            })
    }
}

/// An engineering unit: `si = value × factor + offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// The symbol shown on screen and written in scene files (`°C`, `mm/s`).
    pub symbol: &'static str,
    /// What it measures.
    pub quantity: Quantity,
    factor: f64,
    offset: f64,
}

macro_rules! units {
    ($($symbol:literal $quantity:ident $factor:expr, $offset:expr;)*) => {
        const UNITS: &[Unit] = &[$(Unit {
            symbol: $symbol,
            quantity: Quantity::$quantity,
            factor: $factor,
            offset: $offset,
        },)*];
    };
}

const RPM: f64 = std::f64::consts::PI / 30.0;
const DEGREE: f64 = std::f64::consts::PI / 180.0;

units! {
    "" Dimensionless 1.0, 0.0;
    "%" Dimensionless 0.01, 0.0;
    "pcs" Dimensionless 1.0, 0.0;
    "K" Temperature 1.0, 0.0;
    "°C" Temperature 1.0, 273.15;
    "°F" Temperature 5.0 / 9.0, 459.67 * 5.0 / 9.0;
    "rad" Angle 1.0, 0.0;
    "°" Angle DEGREE, 0.0;
    "m" Length 1.0, 0.0;
    "mm" Length 1e-3, 0.0;
    "µm" Length 1e-6, 0.0;
    "m/s" Speed 1.0, 0.0;
    "mm/s" Speed 1e-3, 0.0;
    "m/min" Speed 1.0 / 60.0, 0.0;
    "km/h" Speed 1.0 / 3.6, 0.0;
    "m/s²" Acceleration 1.0, 0.0;
    "g" Acceleration 9.80665, 0.0;
    "rad/s" RotationalSpeed 1.0, 0.0;
    "rpm" RotationalSpeed RPM, 0.0;
    "Pa" Pressure 1.0, 0.0;
    "kPa" Pressure 1e3, 0.0;
    "MPa" Pressure 1e6, 0.0;
    "mbar" Pressure 100.0, 0.0;
    "bar" Pressure 1e5, 0.0;
    "m³/s" VolumeFlow 1.0, 0.0;
    "m³/h" VolumeFlow 1.0 / 3600.0, 0.0;
    "l/min" VolumeFlow 1e-3 / 60.0, 0.0;
    "kg/s" MassFlow 1.0, 0.0;
    "kg/h" MassFlow 1.0 / 3600.0, 0.0;
    "m³" Volume 1.0, 0.0;
    "l" Volume 1e-3, 0.0;
    "kg" Mass 1.0, 0.0;
    "t" Mass 1e3, 0.0;
    "N" Force 1.0, 0.0;
    "kN" Force 1e3, 0.0;
    "Nm" Torque 1.0, 0.0;
    "W" Power 1.0, 0.0;
    "kW" Power 1e3, 0.0;
    "MW" Power 1e6, 0.0;
    "J" Energy 1.0, 0.0;
    "Wh" Energy 3600.0, 0.0;
    "kWh" Energy 3.6e6, 0.0;
    "A" Current 1.0, 0.0;
    "mA" Current 1e-3, 0.0;
    "V" Voltage 1.0, 0.0;
    "kV" Voltage 1e3, 0.0;
    "Hz" Frequency 1.0, 0.0;
    "kHz" Frequency 1e3, 0.0;
    "s" Time 1.0, 0.0;
    "ms" Time 1e-3, 0.0;
    "min" Time 60.0, 0.0;
    "h" Time 3600.0, 0.0;
    "1/h" Rate 1.0 / 3600.0, 0.0;
    "1/min" Rate 1.0 / 60.0, 0.0;
    "pcs/h" Rate 1.0 / 3600.0, 0.0;
    "µS/cm" Conductivity 1e-4, 0.0;
    "mS/cm" Conductivity 0.1, 0.0;
    "dB" SoundLevel 1.0, 0.0;
    "ppm" Concentration 1e-6, 0.0;
    "mg/m³" Concentration 1e-6, 0.0;
    "g/l" Concentration 1.0, 0.0;
}

impl Unit {
    /// No unit.
    pub const NONE: Self = Self {
        symbol: "",
        quantity: Quantity::Dimensionless,
        factor: 1.0,
        offset: 0.0,
    };

    /// The unit with this symbol. Common ASCII spellings (`degC`, `um`, `m3/h`) are understood.
    pub fn parse(symbol: &str) -> Option<Self> {
        let symbol = match symbol {
            "degC" | "C" | "Celsius" => "°C",
            "degF" | "F" => "°F",
            "deg" => "°",
            "um" => "µm",
            "m/s2" | "m/s^2" => "m/s²",
            "m3/s" => "m³/s",
            "m3/h" => "m³/h",
            "L/min" => "l/min",
            "m3" => "m³",
            "L" => "l",
            "uS/cm" => "µS/cm",
            "mg/m3" => "mg/m³",
            "1/min" | "rpm" => symbol,
            "percent" => "%",
            other => other,
        };
        UNITS.iter().find(|unit| unit.symbol == symbol).copied()
    }

    /// Every unit, for suggestions and documentation.
    pub fn all() -> &'static [Self] {
        UNITS
    }

    /// `value`, given in this unit, in the SI unit of its quantity.
    pub fn to_si(self, value: f64) -> f64 {
        value * self.factor + self.offset
    }

    /// `value`, given in the SI unit of its quantity, in this unit.
    pub fn from_si(self, value: f64) -> f64 {
        (value - self.offset) / self.factor
    }
}

impl Default for Unit {
    fn default() -> Self {
        Self::NONE
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol)
    }
}
