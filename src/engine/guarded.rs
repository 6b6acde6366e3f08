//! A stream that looks at what the server asks for before we answer, with TLS below it or without.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};

use super::require_auth::{Allowed, Gate};

/// A stream behind a gate, where there is one.
pub(super) struct Guarded<S> {
    inner: S,
    gate: Option<Gate>,
    binding: fn(&S) -> ChannelBinding,
}

impl<S> Guarded<S> {
    /// Without TLS.
    pub(super) fn bare(inner: S, allowed: Option<Allowed>) -> Self {
        Self {
            inner,
            gate: allowed.map(Gate::new),
            binding: |_| ChannelBinding::none(),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            let Some(gate) = this.gate.as_mut().filter(|gate| !gate.is_left()) else {
                return Pin::new(&mut this.inner).poll_read(context, buffer);
            };
            let bytes = gate.hand_out(buffer.remaining());
            if !bytes.is_empty() {
                buffer.put_slice(&bytes);
                return Poll::Ready(Ok(()));
            }
            let mut room = [0; 1024];
            let mut into = ReadBuf::new(&mut room);
            ready!(Pin::new(&mut this.inner).poll_read(context, &mut into))?;
            // The end: half a message is none.
            if into.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            gate.take_in(into.filled())?;
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Guarded<S> {
    fn channel_binding(&self) -> ChannelBinding {
        (self.binding)(&self.inner)
    }
}

/// Guards what another makes TLS of.
#[derive(Clone)]
pub(super) struct Guard<T> {
    pub(super) tls: T,
    pub(super) allowed: Allowed,
}

impl<S, T> MakeTlsConnect<S> for Guard<T>
where
    T: MakeTlsConnect<S>,
    Guard<T::TlsConnect>: TlsConnect<S, Stream = Guarded<T::Stream>>,
{
    type Stream = Guarded<T::Stream>;
    type TlsConnect = Guard<T::TlsConnect>;
    type Error = T::Error;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Self::TlsConnect, Self::Error> {
        Ok(Guard {
            tls: self.tls.make_tls_connect(domain)?,
            allowed: self.allowed.clone(),
        })
    }
}

impl<S, T> TlsConnect<S> for Guard<T>
where
    T: TlsConnect<S>,
    T::Future: Send + 'static,
{
    type Stream = Guarded<T::Stream>;
    type Error = T::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Stream, Self::Error>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        let connecting = self.tls.connect(stream);
        Box::pin(async move {
            Ok(Guarded {
                inner: connecting.await?,
                gate: Some(Gate::new(self.allowed)),
                binding: TlsStream::channel_binding,
            })
        })
    }
}

/// In the place of TLS: guards the stream as it is.
#[derive(Clone)]
pub(super) struct Bare(pub(super) Allowed);

impl<S: AsyncRead + AsyncWrite + Unpin> MakeTlsConnect<S> for Bare {
    type Stream = Guarded<S>;
    type TlsConnect = Bare;
    type Error = Infallible;

    fn make_tls_connect(&mut self, _: &str) -> Result<Self::TlsConnect, Self::Error> {
        Ok(self.clone())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsConnect<S> for Bare {
    type Stream = Guarded<S>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Stream, Self::Error>>;

    fn connect(self, stream: S) -> Self::Future {
        std::future::ready(Ok(Guarded::bare(stream, Some(self.0))))
    }
}
