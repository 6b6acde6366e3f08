//! A network between the program and the server that can be cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Hands bytes over until it is cut; what connects afterwards gets through again.
pub struct Proxy {
    pub port: u16,
    cuts: Arc<AtomicU64>,
}

impl Proxy {
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let cuts = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&cuts);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)).await else {
                    continue;
                };
                let (near_in, near_out) = near.into_split();
                let (far_in, far_out) = far.into_split();
                let now = seen.load(Ordering::Relaxed);
                tokio::spawn(hand_over(near_in, far_out, Arc::clone(&seen), now));
                tokio::spawn(hand_over(far_in, near_out, Arc::clone(&seen), now));
            }
        });
        Self { port: own, cuts }
    }

    /// Ends all connections that are open now.
    pub fn cut(&self) {
        self.cuts.fetch_add(1, Ordering::Relaxed);
    }
}

async fn hand_over(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    cuts: Arc<AtomicU64>,
    born: u64,
) {
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let look = tokio::time::sleep(std::time::Duration::from_millis(5));
        tokio::select! {
            read = from.read(&mut bytes) => match read {
                Ok(count) if count > 0 && cuts.load(Ordering::Relaxed) == born => {
                    if to.write_all(&bytes[..count]).await.is_err() {
                        return;
                    }
                }
                _ => return,
            },
            () = look => {
                if cuts.load(Ordering::Relaxed) != born {
                    return;
                }
            }
        }
    }
}
