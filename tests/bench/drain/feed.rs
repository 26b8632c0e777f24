//! A broker that knows one client: greets it, takes its subscriptions and streams messages.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

/// Metrics in a Sparkplug message.
pub const METRICS: usize = 10;
/// Topics, or edge nodes.
pub const TOPICS: u64 = 1000;
const START_MS: u64 = 1_772_360_100_000;

/// What is streamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number of 16 characters on a plain topic.
    Plain,
    /// JSON with time, value and quality.
    Json,
    /// Sparkplug NDATA with ten doubles by alias.
    Sparkplug,
}

impl Kind {
    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Plain, Self::Json, Self::Sparkplug]
            .into_iter()
            .find(|kind| kind.name() == name)
    }

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Json => "json",
            Self::Sparkplug => "sparkplug",
        }
    }

    /// Samples in a message.
    pub const fn samples(self) -> u64 {
        match self {
            Self::Plain | Self::Json => 1,
            Self::Sparkplug => METRICS as u64,
        }
    }

    /// Bytes in the payload of message 1000, the first after the births.
    pub fn payload_bytes(self) -> usize {
        self.payload(TOPICS).len()
    }

    /// Topic of the message with this number.
    pub fn topic(self, number: u64) -> String {
        let at = number % TOPICS;
        match self {
            Self::Plain | Self::Json => format!("plant/line{}/m{}/temp", at / 100, at % 100),
            Self::Sparkplug if number < TOPICS => format!("spBv1.0/plant/NBIRTH/edge{at}"),
            Self::Sparkplug => format!("spBv1.0/plant/NDATA/edge{at}"),
        }
    }

    fn payload(self, number: u64) -> Vec<u8> {
        let value = |at: u64| 20.0 + ((number + at) * 7919 % 1000) as f64 * 0.01;
        match self {
            Self::Plain => format!("{:016.8}", value(0)).into_bytes(),
            Self::Json => {
                let time = START_MS + number;
                format!(r#"{{"t":{time},"v":{:.3},"q":192}}"#, value(0)).into_bytes()
            }
            Self::Sparkplug => sparkplug(number, value),
        }
    }
}

/// As `mqtt_blast.py` shapes it: alias, timestamp, data type, double. The first of each node is its
/// birth, with names and bdSeq.
fn sparkplug(number: u64, value: impl Fn(u64) -> f64) -> Vec<u8> {
    let millis = START_MS + number;
    let is_birth = number < TOPICS;
    let mut out = vec![0x08];
    varint(millis, &mut out);
    let mut metric = Vec::new();
    for at in 0..METRICS as u64 {
        metric.clear();
        if is_birth {
            let name = format!("m{at}");
            metric.push(0x0a);
            varint(name.len() as u64, &mut metric);
            metric.extend(name.as_bytes());
        }
        metric.push(0x10);
        varint(at + 1, &mut metric);
        metric.push(0x18);
        varint(millis, &mut metric);
        metric.extend([0x20, 10, 0x69]);
        metric.extend(value(at).to_le_bytes());
        out.push(0x12);
        varint(metric.len() as u64, &mut out);
        out.extend(&metric);
    }
    if is_birth {
        // bdSeq: Int64 0.
        let metric = [b"\x0a\x05bdSeq".as_slice(), &[0x20, 4, 0x58, 0]].concat();
        out.push(0x12);
        varint(metric.len() as u64, &mut out);
        out.extend(metric);
    }
    out.push(0x18);
    varint(number / TOPICS % 256, &mut out);
    out
}

fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number as u8) | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Serves one client: prints the port, then streams `messages`.
pub fn serve(kind: Kind, messages: u64) -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    let (mut client, _) = listener.accept()?;
    greet(&mut client)?;
    // The client goes when it has counted enough, whatever is still under way.
    let _ = stream(kind, messages, &mut client);
    Ok(())
}

fn stream(kind: Kind, messages: u64, client: &mut TcpStream) -> std::io::Result<()> {
    let mut buffer = Vec::with_capacity(1 << 20);
    // What has no time in it is the same every time round.
    let repeats = kind == Kind::Plain;
    let mut number = 0;
    while number < messages {
        if !(repeats && number > 0 && messages - number >= 10 * TOPICS) {
            buffer.clear();
            for number in number..messages.min(number + 10 * TOPICS) {
                packet(&kind.topic(number), &kind.payload(number), &mut buffer);
            }
        }
        client.write_all(&buffer)?;
        number += 10 * TOPICS;
    }
    // Stay until the client has read everything and goes.
    let mut rest = [0; 1024];
    while client.read(&mut rest)? > 0 {
        client.write_all(&[0xd0, 0])?;
    }
    Ok(())
}

fn packet(topic: &str, payload: &[u8], out: &mut Vec<u8>) {
    out.push(0x30);
    varint((2 + topic.len() + payload.len()) as u64, out);
    out.extend((topic.len() as u16).to_be_bytes());
    out.extend(topic.as_bytes());
    out.extend(payload);
}

/// Answers CONNECT, PINGREQ and SUBSCRIBE until the client has subscribed.
fn greet(client: &mut TcpStream) -> Result<(), Box<dyn std::error::Error>> {
    loop {
        let (kind, body) = read_packet(client)?;
        match kind {
            1 => client.write_all(&[0x20, 2, 0, 0])?,
            12 => client.write_all(&[0xd0, 0])?,
            8 => {
                let (id, mut filters) = body.split_at_checked(2).ok_or("no packet id")?;
                let mut answer = id.to_vec();
                while let Some((length, rest)) = filters.split_first_chunk::<2>() {
                    let length = usize::from(u16::from_be_bytes(*length));
                    filters = rest.get(length + 1..).ok_or("a filter is cut off")?;
                    answer.push(0);
                }
                client.write_all(&[0x90, answer.len() as u8])?;
                client.write_all(&answer)?;
                return Ok(());
            }
            _ => {}
        }
    }
}

fn read_packet(client: &mut TcpStream) -> std::io::Result<(u8, Vec<u8>)> {
    let mut byte = [0];
    client.read_exact(&mut byte)?;
    let kind = byte[0] >> 4;
    let (mut length, mut shift) = (0, 0);
    loop {
        client.read_exact(&mut byte)?;
        length |= usize::from(byte[0] & 0x7f) << shift;
        shift += 7;
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    let mut body = vec![0; length];
    client.read_exact(&mut body)?;
    Ok((kind, body))
}
