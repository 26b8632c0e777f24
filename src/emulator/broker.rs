//! The broker of the default run: a real MQTT broker inside the program, on a free port of the
//! loopback interface, that nobody outside of this machine can reach.

use std::net::SocketAddr;
use std::thread::JoinHandle;
use std::time::Duration;

use mqtt5::broker::{BrokerConfig, BrokerShutdownHandle, MqttBroker};
use thiserror::Error;

/// Messages that may wait for one slow subscriber.
const WAITING_PER_CLIENT: usize = 20_000;
const MAX_CLIENTS: usize = 256;
const MAX_PACKET_BYTES: usize = 1 << 20;
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(2);

/// Why there is no broker. The twin can still connect to one of the user's.
#[derive(Debug, Error)]
pub enum BrokerError {
    /// The system gives no thread or no runtime.
    #[error("the embedded broker cannot start: {0}")]
    Thread(#[from] std::io::Error),
    /// It found no port to listen on.
    #[error("the embedded broker cannot listen on the loopback interface: {0}")]
    Listen(String),
}

/// The running broker. Dropping it ends it.
pub struct Handle {
    address: SocketAddr,
    shutdown: BrokerShutdownHandle,
    thread: Option<JoinHandle<()>>,
}

impl Handle {
    /// Where it listens: `mqtt://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("mqtt://{}", self.address)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shutdown.shutdown();
        if let Some(thread) = self.thread.take() {
            // It only fails by a panic of its own, which has been printed.
            let _ = thread.join();
        }
    }
}

fn config() -> BrokerConfig {
    let mut config = BrokerConfig {
        bind_addresses: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
        max_clients: MAX_CLIENTS,
        max_packet_size: MAX_PACKET_BYTES,
        session_expiry_interval: Duration::ZERO,
        client_channel_capacity: WAITING_PER_CLIENT,
        sys_topics_enabled: false,
        ..BrokerConfig::default()
    };
    config.auth_config.allow_anonymous = true;
    config.storage_config.enable_persistence = false;
    config
}

/// Starts a broker in a thread of its own.
///
/// # Errors
///
/// When there is no thread or no port for it.
pub fn start() -> Result<Handle, BrokerError> {
    let (tell, told) = std::sync::mpsc::sync_channel(1);
    let thread = std::thread::Builder::new()
        .name("broker".to_owned())
        .spawn(move || {
            let runtime = match tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
            {
                Ok(runtime) => runtime,
                Err(error) => {
                    let _ = tell.send(Err(BrokerError::Thread(error)));
                    return;
                }
            };
            runtime.block_on(async {
                let mut broker = match MqttBroker::with_config(config()).await {
                    Ok(broker) => broker,
                    Err(error) => {
                        let _ = tell.send(Err(BrokerError::Listen(error.to_string())));
                        return;
                    }
                };
                let Some(address) = broker.local_addr() else {
                    let _ = tell.send(Err(BrokerError::Listen("no address".to_owned())));
                    return;
                };
                if tell.send(Ok((address, broker.shutdown_handle()))).is_err() {
                    return;
                }
                if let Err(error) = broker.run().await {
                    tracing::error!(%error, "the embedded broker stopped");
                }
            });
            runtime.shutdown_timeout(SHUTDOWN_PATIENCE);
        })?;
    match told.recv() {
        Ok(Ok((address, shutdown))) => Ok(Handle {
            address,
            shutdown,
            thread: Some(thread),
        }),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(BrokerError::Listen("its thread ended".to_owned())),
    }
}
