//! What Sparkplug costs between socket and channel: topic and payload to samples, per CPU-second.
//!
//! `cargo bench --no-default-features --bench sparkplug`
//!
//! A thousand edge nodes are born and then send NDATA of ten doubles each (alias, timestamp, data
//! type, value), with lawful sequence numbers and rising times, as `mqtt_blast.py` shapes them.
//! `decode` is the shipped path: [`Decoder`], [`Intake`], batches from their pool. `wire` reads the
//! same bytes and adds the values up. `prost` decodes them into structs: what a straightforward
//! implementation pays.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock where the system does not tell CPU time"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use prost::Message as _;
use twinscape::model::connection::{
    Binding, Connection, MqttVersion, Rebirth, Session, SessionKind, SkewWindow, SparkplugMap, Tls,
};
use twinscape::model::signal::SignalSpec;
use twinscape::model::{EquipmentId, Plant, SessionId, Signal, SignalId, Timestamp};
use twinscape::source::batch::BATCH_SAMPLES;
use twinscape::source::sparkplug::proto::{DataType, Metric, Payload, metric};
use twinscape::source::sparkplug::wire::{Head, Metrics, RawValue};
use twinscape::source::sparkplug::{Decoder, Message};
use twinscape::source::{Intake, Pool};

const NODES: usize = 1000;
const METRICS: usize = 10;
const MESSAGES: usize = 200_000;
const RUNS: usize = 7;
const START_MS: u64 = 1_772_360_100_000;

fn plant() -> Plant {
    let map = SparkplugMap {
        group: "plant".into(),
        node: "{line}".into(),
        device: None,
        metric: "{signal}".into(),
        only: Vec::new(),
        rebirth: Rebirth::Never,
        host_id: None,
    };
    let mut plant = Plant::default();
    plant.connections = vec![Connection {
        id: "floor".into(),
        url: "mqtt://localhost".into(),
        version: MqttVersion::default(),
        client_id: None,
        username: None,
        password: None,
        tls: Tls::default(),
        max_packet_bytes: 1 << 20,
        skew: SkewWindow::default(),
        topics: Vec::new(),
        sparkplug: vec![map],
    }];
    let spec = Arc::new(SignalSpec::default());
    for node in 0..NODES {
        let session = SessionId(node as u32);
        plant.sessions.push(Session {
            connection: 0,
            kind: SessionKind::Node {
                group: "plant".into(),
                node: format!("edge{node}").into(),
            },
            parent: None,
        });
        for metric in 0..METRICS {
            plant.bindings.push(Binding {
                signal: SignalId(plant.signals.len() as u32),
                connection: 0,
                topic: format!("spBv1.0/plant/+/edge{node}").into(),
                field: format!("m{metric}").into(),
            });
            plant.signals.push(Signal {
                equipment: EquipmentId(0),
                spec: Arc::clone(&spec),
                session: Some(session),
            });
        }
    }
    plant.index()
}

fn payload(millis: u64, seq: usize, is_birth: bool) -> Vec<u8> {
    let metrics = (0..METRICS).map(|at| Metric {
        name: is_birth.then(|| format!("m{at}")),
        alias: Some(at as u64 + 1),
        timestamp: Some(millis),
        datatype: Some(DataType::Double as u32),
        value: Some(metric::Value::Double(
            20.0 + ((millis as usize + at) * 7919 % 1000) as f64 * 0.01,
        )),
        ..Metric::default()
    });
    let mut metrics: Vec<Metric> = metrics.collect();
    if is_birth {
        metrics.push(Metric {
            name: Some("bdSeq".into()),
            datatype: Some(DataType::Int64 as u32),
            value: Some(metric::Value::Long(0)),
            ..Metric::default()
        });
    }
    let payload = Payload {
        timestamp: Some(millis),
        metrics,
        seq: Some((seq % 256) as u64),
        ..Payload::default()
    };
    payload.encode_to_vec()
}

/// CPU time of this thread, where the system tells it; else wall time. In seconds.
fn cpu_secs(started: Instant) -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = stat.and_then(|stat| stat.split(' ').next()?.parse::<f64>().ok());
    nanos.map_or_else(|| started.elapsed().as_secs_f64(), |nanos| nanos * 1e-9)
}

fn measure(name: &str, mut run: impl FnMut() -> usize) {
    let mut rates: Vec<f64> = (0..RUNS)
        .map(|_| {
            let started = Instant::now();
            let before = cpu_secs(started);
            let metrics = run();
            metrics as f64 / (cpu_secs(started) - before)
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    let (low, median, high) = (rates[0], rates[RUNS / 2], rates[RUNS - 1]);
    println!(
        "{name:8} {:7.1} M metrics per CPU-second ({:.1} to {:.1}), {:5.1} ns a metric",
        median * 1e-6,
        low * 1e-6,
        high * 1e-6,
        1e9 / median
    );
}

fn main() {
    let plant = plant();
    let births: Vec<Vec<u8>> = (0..NODES).map(|_| payload(START_MS, 0, true)).collect();
    let birth_topics: Vec<String> = (0..NODES)
        .map(|node| format!("spBv1.0/plant/NBIRTH/edge{node}"))
        .collect();
    let topics: Vec<String> = (0..NODES)
        .map(|node| format!("spBv1.0/plant/NDATA/edge{node}"))
        .collect();
    let messages: Vec<Vec<u8>> = (0..MESSAGES)
        .map(|at| payload(START_MS + 1 + at as u64, at / NODES + 1, false))
        .collect();

    measure("decode", || {
        let mut decoder = Decoder::new(&plant, 0);
        let mut intake = Intake::new(&plant, 0, Pool::new());
        let mut requests = Vec::new();
        let mut millis = START_MS as i64;
        let mut send = |topic: &str, payload: &[u8]| {
            millis += 1;
            let receive_time = Timestamp::from_millis(millis);
            let message = Message {
                topic: topic.as_bytes(),
                payload,
                retained: false,
                receive_time,
            };
            decoder.message(&message, &mut intake, &mut requests);
            if intake.len() >= BATCH_SAMPLES {
                black_box(intake.take(receive_time)).samples.len()
            } else {
                0
            }
        };
        let mut samples = 0;
        for (topic, payload) in birth_topics.iter().zip(&births) {
            samples += send(topic, payload);
        }
        for (topic, payload) in topics.iter().cycle().zip(&messages) {
            samples += send(topic, payload);
        }
        samples += intake.len();
        assert_eq!(
            samples,
            (NODES + MESSAGES) * METRICS,
            "nothing may be lost or doubled"
        );
        samples
    });

    measure("wire", || {
        let mut sum = 0.0;
        let mut metrics = 0;
        for payload in &messages {
            metrics += Head::read(payload).map_or(0, |head| head.metrics);
            for metric in Metrics::of(payload).flatten() {
                if let Some(RawValue::Double(value)) = metric.value {
                    sum += value;
                }
            }
        }
        black_box(sum);
        metrics
    });

    measure("prost", || {
        let mut sum = 0.0;
        let mut metrics = 0;
        for payload in &messages {
            let Ok(payload) = Payload::decode(payload.as_slice()) else {
                continue;
            };
            metrics += payload.metrics.len();
            for metric in &payload.metrics {
                if let Some(metric::Value::Double(value)) = metric.value {
                    sum += value;
                }
            }
        }
        black_box(sum);
        metrics
    });
}
