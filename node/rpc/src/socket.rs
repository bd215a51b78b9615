use crate::Connection;
use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A socket that tells its [`Connection`] what it has taken, and that fails once that is closed.
pub(crate) struct Socket<S> {
    inner: S,
    connection: Arc<Connection>,
}

impl<S> Socket<S> {
    pub(crate) fn new(inner: S, connection: Arc<Connection>) -> Self {
        Self { inner, connection }
    }

    fn open(&self) -> io::Result<()> {
        match self.connection.is_closed() {
            true => Err(io::ErrorKind::ConnectionAborted.into()),
            false => Ok(()),
        }
    }

    fn report(&self, context: &Context<'_>, written: &Poll<io::Result<usize>>) {
        match written {
            Poll::Ready(Ok(bytes)) => self.connection.sent(*bytes as u64),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.connection.stuck(context.waker()),
        }
    }
}

impl<S> Drop for Socket<S> {
    fn drop(&mut self) {
        self.connection.ended();
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.open()?;
        let read = Pin::new(&mut self.inner).poll_read(context, buffer);
        if read.is_pending() {
            self.connection.idle(context.waker());
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.open()?;
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.report(context, &written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.open()?;
        let written = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.report(context, &written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Budget;
    use tokio::io::{duplex, AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn what_the_client_has_not_read_stays_in_flight() {
        let budget = Budget::new(1_000, 1_000);
        let connection = budget.connection();
        let (server, mut client) = duplex(100);
        let mut socket = Socket::new(server, connection.clone());
        connection.call(0).unwrap().answered(300).unwrap();
        let sending = tokio::spawn(async move { socket.write_all(&[7; 300]).await });
        let mut read = [0; 120];
        client.read_exact(&mut read).await.unwrap();
        assert!(budget.used() >= 80, "{}", budget.used());
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).await.unwrap();
        sending.await.unwrap().unwrap();
        assert_eq!((rest.len(), budget.used()), (180, 0));
    }

    #[tokio::test]
    async fn a_closed_connection_ends_those_that_wait_on_its_socket() {
        let connection = Budget::new(1_000, 1_000).connection();
        let (server, _client) = duplex(1);
        let (mut read, mut write) = tokio::io::split(Socket::new(server, connection.clone()));
        let reading = tokio::spawn(async move { read.read_u8().await });
        let writing = tokio::spawn(async move { write.write_all(&[0; 9]).await });
        tokio::task::yield_now().await;
        connection.ended();
        assert!(reading.await.unwrap().is_err());
        assert!(writing.await.unwrap().is_err());
    }
}
