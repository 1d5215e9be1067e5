//! Every bound of the system, unit last in the name. All hold on both legs: partner and tab.

/// One Automerge change, uncompressed.
pub const CHANGE_MAX_BYTES: usize = 192 * 1024;
/// Operations of one change, counted without expanding runs.
pub const CHANGE_MAX_OPS: u64 = 10_000;
/// Dependencies named by one change.
pub const CHANGE_MAX_DEPS: usize = 64;
/// Highest operation counter a change may reach.
pub const OP_MAX: u64 = 1 << 31;
/// Nesting of objects inside a document.
pub const NESTING_MAX: usize = 64;
/// Body of one entry.
pub const ENTRY_BODY_MAX_BYTES: usize = 512 * 1024;
/// Changes of one entry.
pub const ENTRY_MAX_CHANGES: usize = 2_000;
/// Header of one entry, encoded.
pub const HEADER_MAX_BYTES: usize = 8 * 1024;
/// Acts named as parents by a header.
pub const GOV_MAX: usize = 64;
/// Feeds named as advanced by a header.
pub const SEEN_MAX: usize = 64;
/// One frame between nodes, its type included.
pub const FRAME_MAX_BYTES: usize = 1 << 20;
/// One message between node and tab.
pub const LIVE_MESSAGE_MAX_BYTES: usize = 256 * 1024;
/// Ephemeral state of one person in one document.
pub const PRESENCE_MAX_BYTES: usize = 512;
/// Entries bytes sent to one partner and not yet acknowledged.
pub const IN_FLIGHT_MAX_BYTES: usize = 8 << 20;
/// Members of one circle.
pub const MEMBERS_MAX: usize = 256;
/// Circles two nodes can have in common.
pub const CIRCLES_MAX: usize = 1_024;
/// Stored entries of one author that wait for their past.
pub const WAITING_MAX_ENTRIES: usize = 1_000;
/// Stored bytes of one author that wait for their past.
pub const WAITING_MAX_BYTES: usize = 16 << 20;
/// Accepts kept for one live invitation.
pub const ACCEPTS_PER_INVITE_MAX: usize = 4;
/// City card, encoded.
pub const CARD_MAX_BYTES: usize = 64 * 1024;
/// Bytes an unauthenticated connection may cost.
pub const STRANGER_MAX_BYTES: usize = 64 * 1024;

/// Quiet time after which pending changes are sealed.
pub const SEAL_IDLE_MS: u64 = 300;
/// Longest a pending change waits for its seal.
pub const SEAL_MAX_MS: u64 = 2_000;
/// How long an entry of another city may be missing at a third one before we pass it on.
pub const FORWARD_AFTER_MS: u64 = 200;
/// A person who says nothing for this long is no longer present.
pub const PRESENCE_TTL_MS: u64 = 45_000;
/// Default and longest validity of an invitation.
pub const INVITE_DEFAULT_MS: u64 = 7 * 24 * 3_600 * 1_000;
pub const INVITE_MAX_MS: u64 = 30 * 24 * 3_600 * 1_000;

const _: () = {
    assert!(CHANGE_MAX_BYTES < ENTRY_BODY_MAX_BYTES);
    assert!(ENTRY_BODY_MAX_BYTES + HEADER_MAX_BYTES + 1024 < FRAME_MAX_BYTES);
    assert!(CHANGE_MAX_BYTES + 1024 < LIVE_MESSAGE_MAX_BYTES);
    assert!(CARD_MAX_BYTES < FRAME_MAX_BYTES);
    assert!(SEAL_IDLE_MS < SEAL_MAX_MS);
};
