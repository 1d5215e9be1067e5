//! The rules of a link over a pipe in memory, in a hurry.

use super::*;
use tokio::io::AsyncWriteExt as _;
use tokio_util::compat::{TokioAsyncReadCompatExt, TokioAsyncWriteCompatExt};

fn budget() -> Mutex<Bucket> {
    Mutex::new(Bucket::new(1e9, 1e9, Instant::now()))
}

/// The same rules in a hurry.
const QUICK: Timing = Timing {
    greeting: Duration::from_millis(200),
    denial: Duration::from_millis(200),
    frame: Duration::from_millis(300),
    sign_of_life: Duration::from_millis(40),
    silence: Duration::from_millis(500),
    stall: Duration::from_millis(200),
};

fn encoded(frames: &[Vec<u8>]) -> Vec<u8> {
    let queue = SendQueue::default();
    frames.iter().for_each(|frame| queue.push(frame.clone()));
    let mut bytes = Vec::new();
    while {
        let mut batch = Vec::new();
        let filled = matches!(queue.fill(&mut batch), Batch::Filled);
        bytes.extend(batch);
        filled
    } {}
    bytes
}

/// Hands out bytes in pieces of the given sizes, over and over.
struct Pieces(Vec<u8>, Vec<usize>);

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        into: &mut [u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        self.1.rotate_left(1);
        let step = self.1[0].min(into.len()).min(self.0.len());
        into[..step].copy_from_slice(&self.0[..step]);
        self.0.drain(..step);
        std::task::Poll::Ready(Ok(step))
    }
}

async fn read_all(pieces: Pieces) -> (Vec<Vec<u8>>, End) {
    let budget = budget();
    let mut input = Input::new(pieces, &budget, QUICK);
    let mut frames = Vec::new();
    loop {
        match input.frame().await {
            Ok(frame) => frames.extend(frame),
            Err(end) => return (frames, end),
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn frames_survive_any_cutting_into_pieces(
        frames in proptest::collection::vec(proptest::collection::vec(0u8.., 1..40_000), 0..6),
        steps in proptest::collection::vec(1usize..30_000, 1..5),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (read, end) = runtime.block_on(read_all(Pieces(encoded(&frames), steps)));
        proptest::prop_assert_eq!(read, frames);
        proptest::prop_assert!(!end.fault);
    }

    #[test]
    fn any_bytes_end_a_link_without_panic_i44(
        bytes in proptest::collection::vec(0u8..4, 0..400),
        steps in proptest::collection::vec(1usize..50, 1..5),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (frames, _) = runtime.block_on(read_all(Pieces(bytes.clone(), steps)));
        proptest::prop_assert!(frames.iter().map(Vec::len).sum::<usize>() <= bytes.len());
    }
}

#[tokio::test]
async fn a_frame_above_the_cap_is_refused_before_its_bytes_are_read_i2() {
    let (mut theirs, ours) = tokio::io::duplex(64);
    let budget = budget();
    theirs.write_all(&(FRAME_MAX_BYTES as u32 + 1).to_be_bytes()).await.unwrap();
    let end = Input::new(ours.compat(), &budget, QUICK).frame().await.unwrap_err();
    assert!(end.fault && end.reason.contains("1048577"), "{end:?}");
}

#[tokio::test]
async fn memory_grows_with_what_arrives_not_with_what_is_announced_i2() {
    let (mut theirs, ours) = tokio::io::duplex(64);
    let budget = budget();
    theirs.write_all(&[1; 10]).await.unwrap();
    drop(theirs);
    let mut frame = Vec::new();
    let mut input = Input::new(ours.compat(), &budget, QUICK);
    let end = input.take(&mut frame, FRAME_MAX_BYTES, Instant::now() + TIMING.frame).await;
    assert!(end.unwrap_err().reason.contains("inside a frame"));
    assert_eq!(frame.len(), 10);
    assert!(frame.capacity() <= CHUNK_BYTES, "{}", frame.capacity());
}

#[tokio::test]
async fn a_frame_that_dribbles_is_cut_off_t13() {
    let (mut theirs, ours) = tokio::io::duplex(64);
    let budget = budget();
    let dribble = tokio::spawn(async move {
        theirs.write_all(&100u32.to_be_bytes()).await.unwrap();
        while theirs.write_all(&[0]).await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    });
    let end = Input::new(ours.compat(), &budget, QUICK).frame().await.unwrap_err();
    assert!(end.fault && end.reason.contains("30 s"), "{end:?}");
    dribble.abort();
}

#[tokio::test]
async fn signs_of_life_keep_an_idle_link_up_and_silence_ends_it() {
    let (theirs, ours) = tokio::io::duplex(64);
    let (budget, queue) = (budget(), Arc::new(SendQueue::default()));
    let (keep, theirs_too) = tokio::io::split(theirs);
    let writer = tokio::spawn(async move { transmit(theirs_too.compat_write(), &queue, QUICK).await });
    let mut input = Input::new(ours.compat(), &budget, QUICK);
    for _ in 0..5 {
        assert!(matches!(input.frame().await, Ok(None)));
    }
    writer.abort();
    assert!(writer.await.is_err());
    let end = loop {
        match input.frame().await {
            Ok(_) => continue,
            Err(end) => break end,
        }
    };
    assert!(end.reason.contains("silent"), "{end:?}");
    drop(keep);
}

#[tokio::test]
async fn a_partner_that_does_not_read_is_given_up() {
    let (_theirs, ours) = tokio::io::duplex(64);
    let queue = SendQueue::default();
    queue.push(vec![1; 1000]);
    let end = transmit(ours.compat(), &queue, QUICK).await;
    assert!(end.reason.contains("has not read"), "{end:?}");
}
