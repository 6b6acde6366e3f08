//! A network between the program and the server that can be cut, and that counts what the program sends.

use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// Hands bytes over until it is cut; what connects afterwards gets through again.
pub struct Proxy {
    pub port: u16,
    wire: Arc<Wire>,
}

/// When a process is to be killed.
#[derive(Clone, Debug)]
pub struct Strike {
    /// Before or behind this statement, counted from 1.
    pub at: u64,
    /// Whether the server still gets the statement. Its answer reaches nobody.
    pub sent: bool,
    pub process: u32,
}

#[derive(Default)]
struct Wire {
    cuts: AtomicU64,
    statements: AtomicU64,
    strike: Mutex<Option<Strike>>,
    struck: Mutex<Option<String>>,
}

impl Proxy {
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let wire = Arc::new(Wire::default());
        let seen = Arc::clone(&wire);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else {
                    continue;
                };
                let (near_in, near_out) = near.into_split();
                let (far_in, far_out) = far.into_split();
                let now = seen.cuts.load(Ordering::Relaxed);
                tokio::spawn(hand_over(near_in, far_out, Arc::clone(&seen), now, true));
                tokio::spawn(hand_over(far_in, near_out, Arc::clone(&seen), now, false));
            }
        });
        Self { port: own, wire }
    }

    /// Ends all connections that are open now.
    pub fn cut(&self) {
        self.wire.cuts.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts from nothing, and strikes once.
    pub fn count(&self, strike: Option<Strike>) {
        self.wire.statements.store(0, Ordering::SeqCst);
        *self.wire.struck.lock().unwrap() = None;
        *self.wire.strike.lock().unwrap() = strike;
    }

    /// How many statements the program has sent.
    pub fn counted(&self) -> u64 {
        self.wire.statements.load(Ordering::SeqCst)
    }

    /// The statement at which the process was killed.
    pub fn struck(&self) -> Option<String> {
        self.wire.struck.lock().unwrap().clone()
    }
}

impl Wire {
    /// Counts a message of the program's; whether the server gets it.
    fn lets_through(&self, message: &[u8]) -> bool {
        if message.first() != Some(&b'Q') {
            return true;
        }
        let number = self.statements.fetch_add(1, Ordering::SeqCst) + 1;
        let mut strike = self.strike.lock().unwrap();
        let Some(now) = strike.take_if(|strike| strike.at == number) else {
            return true;
        };
        if !now.sent {
            kill(now.process);
            self.cuts.fetch_add(1, Ordering::Relaxed);
        }
        let text = String::from_utf8_lossy(&message[5..]).into_owned();
        *self.struck.lock().unwrap() = Some(text);
        if now.sent {
            // The answer is not waited for: the server has it while the process is gone.
            tokio::spawn(async move { kill(now.process) });
        }
        now.sent
    }
}

fn kill(process: u32) {
    let _ = Command::new("kill").args(["-9", &process.to_string()]).status();
}

async fn hand_over(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    wire: Arc<Wire>,
    born: u64,
    statements: bool,
) {
    let mut bytes = vec![0; 16 * 1024];
    let mut open = Vec::new();
    let mut begun = !statements;
    loop {
        let look = tokio::time::sleep(std::time::Duration::from_millis(5));
        tokio::select! {
            read = from.read(&mut bytes) => match read {
                Ok(count) if count > 0 && wire.cuts.load(Ordering::Relaxed) == born => {
                    if !statements {
                        if to.write_all(&bytes[..count]).await.is_err() {
                            return;
                        }
                        continue;
                    }
                    open.extend_from_slice(&bytes[..count]);
                    while let Some(message) = next_message(&mut open, &mut begun) {
                        if !wire.lets_through(&message) || to.write_all(&message).await.is_err() {
                            return;
                        }
                    }
                }
                _ => return,
            },
            () = look => {
                if wire.cuts.load(Ordering::Relaxed) != born {
                    return;
                }
            }
        }
    }
}

/// Takes a whole message off; the first one of a connection bears no type.
fn next_message(open: &mut Vec<u8>, begun: &mut bool) -> Option<Vec<u8>> {
    let typed = usize::from(*begun);
    let length = open.get(typed..typed + 4)?;
    let length = u32::from_be_bytes(length.try_into().ok()?);
    let whole = typed + usize::try_from(length).ok()?;
    if open.len() < whole {
        return None;
    }
    *begun = true;
    Some(open.drain(..whole).collect())
}
