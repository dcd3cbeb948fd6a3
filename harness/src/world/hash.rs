//! Keys of objects that have names, and of what has happened to a task.

/// The FNV-1a hash of a name. Two objects whose names share it are taken for one, which costs
/// executions and nothing else.
pub(crate) const fn hash(name: &str) -> u32 {
    let (bytes, mut hash, mut at) = (name.as_bytes(), 0x811c_9dc5_u32, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}

/// A hash of what was hashed and one thing more.
pub(super) const fn mix(hash: u64, more: u64) -> u64 {
    // An odd factor loses nothing; this one is the golden ratio's fractional part.
    (hash.rotate_left(5) ^ more).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
