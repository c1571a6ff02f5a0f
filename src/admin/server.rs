//! Serves HTTP to whoever connects, however many and however slow they are.
//!
//! Each connection costs a task and some buffers, so there are only so many: beyond that the oldest has to go. Somebody
//! who opens thousands and says nothing is in nobody's way, and one who does not take his answers is left.

use std::collections::VecDeque;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio_io_timeout::TimeoutStream;

/// Memory of a connection for a request's head.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Pause after an error of accepting, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How much patience there is with whoever connects.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub(super) connections_max: usize,
    /// Time for the head of a request to come, from when the connection was made or the last answer sent.
    pub(super) head_timeout: Duration,
    /// Longest wait until a reader takes more of an answer.
    pub(super) write_timeout: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connections_max: 128,
            // Longer than between two scrapes, so that they need not connect anew.
            head_timeout: Duration::from_secs(75),
            write_timeout: Duration::from_secs(10),
        }
    }
}

/// Answers for ever.
pub(super) async fn serve(listener: TcpListener, router: Router, patience: Patience) {
    let mut oldest_first = VecDeque::<AbortHandle>::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // That of one connection passes with it; any other may pass with time.
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        oldest_first.retain(|connection| !connection.is_finished());
        if oldest_first.len() >= patience.connections_max
            && let Some(oldest) = oldest_first.pop_front()
        {
            oldest.abort();
        }
        let connection = tokio::spawn(answer(stream, router.clone(), patience));
        oldest_first.push_back(connection.abort_handle());
    }
}

async fn answer(stream: TcpStream, router: Router, patience: Patience) {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(patience.write_timeout));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.head_timeout)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(router));
    // Whoever does not speak HTTP or goes away in the middle is no trouble of the daemon's.
    let _ = connection.await;
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::sync::{Arc, Weak};

    use axum::body::Bytes;
    use axum::extract::State;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const NEVER: Duration = Duration::from_hours(1);
    const PATIENT: Patience =
        Patience { connections_max: 2, head_timeout: NEVER, write_timeout: NEVER };
    const SOON: Duration = Duration::from_millis(50);
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    /// A server and who connects to it.
    struct Visitors {
        address: std::net::SocketAddr,
        /// Each answer that is not sent yet holds it too.
        held: Arc<()>,
    }

    struct Answer {
        text: Vec<u8>,
        _held: Arc<()>,
    }

    impl AsRef<[u8]> for Answer {
        fn as_ref(&self) -> &[u8] {
            &self.text
        }
    }

    impl Visitors {
        /// Of a server whose answer is so long.
        async fn of(answer_bytes: usize, patience: Patience) -> Self {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let address = listener.local_addr().unwrap();
            let held = Arc::new(());
            let answer = move |State(held): State<Weak<()>>| {
                let text = vec![b'x'; answer_bytes];
                ready(Bytes::from_owner(Answer { text, _held: held.upgrade().unwrap() }))
            };
            let state = Arc::downgrade(&held);
            let router = Router::new().route("/", get(answer)).with_state(state);
            tokio::spawn(serve(listener, router, patience));
            Self { address, held }
        }

        async fn come(&self) -> TcpStream {
            TcpStream::connect(self.address).await.unwrap()
        }

        fn answers(&self) -> usize {
            Arc::strong_count(&self.held) - 1
        }

        async fn wait_for_answers(&self, count: usize) {
            while self.answers() != count {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }

    /// What comes until the server closes the connection, be it orderly or not.
    async fn read_to_close(stream: &mut TcpStream) -> Vec<u8> {
        let mut all = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut buffer).await {
            all.extend_from_slice(&buffer[..length]);
        }
        all
    }

    async fn is_answered(stream: &mut TcpStream) -> bool {
        let mut status = [0; 15];
        stream.write_all(REQUEST).await.is_ok()
            && stream.read_exact(&mut status).await.is_ok()
            && status == *b"HTTP/1.1 200 OK"
    }

    #[tokio::test]
    async fn the_newest_is_answered_and_the_oldest_has_to_go() {
        let visitors = Visitors::of(1, PATIENT).await;
        let mut oldest = visitors.come().await;
        let mut older = visitors.come().await;
        let mut newest = visitors.come().await;
        assert!(is_answered(&mut newest).await);
        assert_eq!(read_to_close(&mut oldest).await, b"");
        assert!(is_answered(&mut older).await);
    }

    #[tokio::test]
    async fn who_says_nothing_or_half_a_request_is_left() {
        let patience = Patience { head_timeout: SOON, ..PATIENT };
        for said in [&b""[..], b"GET / HTTP/1.1\r\nHost:"] {
            let mut silent = Visitors::of(1, patience).await.come().await;
            silent.write_all(said).await.unwrap();
            let answer = read_to_close(&mut silent).await;
            assert!(!answer.starts_with(b"HTTP/1.1 200"), "{:?}", String::from_utf8_lossy(&answer));
        }
    }

    #[tokio::test]
    async fn who_does_not_take_an_answer_is_left() {
        // More than the buffers of both ends take.
        let bytes = 64 * 1024 * 1024;
        let visitors = Visitors::of(bytes, Patience { write_timeout: SOON, ..PATIENT }).await;
        let mut slow = visitors.come().await;
        slow.write_all(REQUEST).await.unwrap();
        slow.readable().await.unwrap();
        visitors.wait_for_answers(0).await;
        assert!(read_to_close(&mut slow).await.len() < bytes);
    }

    #[tokio::test]
    async fn a_head_without_end_is_refused() {
        let mut endless = Visitors::of(1, PATIENT).await.come().await;
        let line = [b"X: ".to_vec(), vec![b'x'; 1021]].concat();
        let _ = endless.write_all(b"GET / HTTP/1.1\r\n").await;
        while endless.write_all(&line).await.is_ok() {}
        let answer = read_to_close(&mut endless).await;
        assert!(!answer.starts_with(b"HTTP/1.1 200"), "{:?}", String::from_utf8_lossy(&answer));
    }
}
