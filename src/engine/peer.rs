//! `requirepeer`: the socket's server has to run as a user of the operating system's that is named.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use nix::unistd::{Uid, User};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;

/// Whom a socket has to belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Peer {
    /// The socket's file.
    pub(super) socket: PathBuf,
    /// The user's name; none where it may be anybody's.
    pub(super) user: Option<String>,
}

/// What a session runs over: the very connection that was looked at, or the reason why there is none.
pub(super) enum Channel {
    Open(UnixStream),
    Refused(String),
}

impl Peer {
    /// Connects, and looks who answers before anything is sent.
    pub(super) async fn channel(&self) -> Channel {
        match self.looked_at().await {
            Ok(stream) => Channel::Open(stream),
            Err(error) => Channel::Refused(error.to_string()),
        }
    }

    /// Who answers, where that is not who should.
    ///
    /// # Errors
    /// Where there is no socket.
    async fn looked_at(&self) -> io::Result<UnixStream> {
        let stream = UnixStream::connect(&self.socket).await?;
        let Some(wanted) = &self.user else {
            return Ok(stream);
        };
        let found = stream.peer_cred()?.uid();
        let known = User::from_uid(Uid::from_raw(found)).ok().flatten();
        let name = known.map_or_else(|| found.to_string(), |user| user.name);
        match name == *wanted {
            true => Ok(stream),
            false => Err(io::Error::other(format!(
                "its server runs as {name}, and `requirepeer` asks for {wanted}"
            ))),
        }
    }
}

impl AsyncRead for Channel {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Channel::Open(stream) => Pin::new(stream).poll_read(context, buffer),
            Channel::Refused(why) => Poll::Ready(Err(io::Error::other(why.clone()))),
        }
    }
}

impl AsyncWrite for Channel {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Channel::Open(stream) => Pin::new(stream).poll_write(context, bytes),
            Channel::Refused(why) => Poll::Ready(Err(io::Error::other(why.clone()))),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Channel::Open(stream) => Pin::new(stream).poll_flush(context),
            Channel::Refused(why) => Poll::Ready(Err(io::Error::other(why.clone()))),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Channel::Open(stream) => Pin::new(stream).poll_shutdown(context),
            Channel::Refused(_) => Poll::Ready(Ok(())),
        }
    }
}
