//! A client of our own that is faster than any library: prepared packets on a socket.

use std::io::{Read, Write};
use std::net::TcpStream;

/// Publishes numbers that count up, topic after topic, at QoS 0.
pub struct Publisher {
    socket: TcpStream,
    topics: Vec<String>,
    buffer: Vec<u8>,
    sent: u64,
}

impl Publisher {
    /// Connects to a broker on this machine.
    pub fn connect(port: u16, signals: usize) -> std::io::Result<Self> {
        let mut socket = TcpStream::connect(("127.0.0.1", port))?;
        // CONNECT, MQTT 3.1.1, clean session, no keep-alive, client id "bench".
        let connect = b"\x10\x11\x00\x04MQTT\x04\x02\x00\x00\x00\x05bench";
        socket.write_all(connect)?;
        socket.read_exact(&mut [0; 4])?;
        Ok(Self {
            socket,
            topics: (0..signals)
                .map(|at| format!("plant/line{}/m{}/temp", at / 100, at % 100))
                .collect(),
            buffer: Vec::with_capacity(1 << 16),
            sent: 0,
        })
    }

    /// Sends the next `count` messages.
    pub fn publish(&mut self, count: usize) -> std::io::Result<()> {
        for _ in 0..count {
            let topic = &self.topics[self.sent as usize % self.topics.len()];
            let value = format!("{:016}", self.sent);
            self.buffer.push(0x30);
            self.buffer.push((2 + topic.len() + value.len()) as u8);
            self.buffer.extend((topic.len() as u16).to_be_bytes());
            self.buffer.extend(topic.as_bytes());
            self.buffer.extend(value.as_bytes());
            self.sent += 1;
            if self.buffer.len() > 60_000 {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Sends what is still in the buffer.
    pub fn flush(&mut self) -> std::io::Result<()> {
        self.socket.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    /// Messages sent.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// The last value of each topic.
    pub fn last(&self) -> impl Iterator<Item = u64> + '_ {
        let topics = self.topics.len() as u64;
        (0..topics).map(move |at| {
            let rounds = (self.sent + topics - 1 - at) / topics;
            (rounds * topics + at).saturating_sub(topics)
        })
    }
}
