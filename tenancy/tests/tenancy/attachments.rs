//! Attachments: kept once, kept whole, or not kept.

use std::path::Path;

use bytes::Bytes;
use futures_util::stream;
use tenancy::{AttachmentError, Attachments, ContentHash, Stored};

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

fn put(attachments: &Attachments, content: &[u8], limit: u64) -> Result<Stored, AttachmentError> {
    let parts = content.chunks(1 << 20).map(|part| Ok::<_, std::io::Error>(Bytes::copy_from_slice(part)));
    wait(attachments.put(stream::iter(parts.collect::<Vec<_>>()), limit))
}

/// The files below a folder.
fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { files(&path) } else { 1 })
        .sum()
}

#[test]
fn what_is_put_is_given_back_small_or_large() {
    let folder = tempfile::tempdir().unwrap();
    let attachments = Attachments::open(folder.path()).unwrap();
    for size in [0, 1, 5_000, 20 << 20] {
        let content: Vec<u8> = (0..size).map(|place: u32| place.to_le_bytes()[place as usize % 4]).collect();
        let stored = put(&attachments, &content, u64::MAX).unwrap();
        assert_eq!(stored.size, u64::from(size));
        assert_eq!(wait(attachments.read(stored.hash)).unwrap(), content);
        assert_eq!(wait(attachments.size(stored.hash)).unwrap(), Some(u64::from(size)));
    }
    assert_eq!(files(folder.path()), 4, "nothing but the four is left");
}

#[test]
fn the_name_is_the_sha_256_of_the_content() {
    let folder = tempfile::tempdir().unwrap();
    let stored = put(&Attachments::open(folder.path()).unwrap(), b"abc", 3).unwrap();
    // FIPS 180-4, the one-block example of the specification.
    let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(stored.hash.to_string(), expected);
}

#[test]
fn the_same_content_is_kept_once() {
    let folder = tempfile::tempdir().unwrap();
    let attachments = Attachments::open(folder.path()).unwrap();
    for content in [vec![7; 10], vec![8; 8 << 20]] {
        assert_eq!(
            put(&attachments, &content, u64::MAX).unwrap(),
            put(&attachments, &content, u64::MAX).unwrap()
        );
    }
    assert_eq!(files(folder.path()), 2);
}

#[test]
fn what_is_too_large_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let attachments = Attachments::open(folder.path()).unwrap();
    for (size, limit) in [(11, 10), (9 << 20, 8 << 20)] {
        let refused = put(&attachments, &vec![1; size], limit);
        assert!(matches!(refused, Err(AttachmentError::TooLarge { limit: named }) if named == limit));
    }
    assert_eq!(files(folder.path()), 0);
}

#[test]
fn an_upload_that_breaks_off_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let attachments = Attachments::open(folder.path()).unwrap();
    let parts = vec![Ok(Bytes::from(vec![1; 7 << 20])), Err("the browser went away")];
    let broken = wait(attachments.put(stream::iter(parts), u64::MAX));
    assert!(matches!(broken, Err(AttachmentError::Upload(why)) if why.contains("went away")));
    assert_eq!(files(folder.path()), 0);
}

#[test]
fn a_missing_attachment_is_said_to_be_missing() {
    let folder = tempfile::tempdir().unwrap();
    let attachments = Attachments::open(folder.path()).unwrap();
    let hash = ContentHash([3; 32]);
    assert!(matches!(wait(attachments.read(hash)), Err(AttachmentError::Missing(named)) if named == hash));
    assert_eq!(wait(attachments.size(hash)).unwrap(), None);
}
