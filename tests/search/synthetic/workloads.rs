//! Programs whose interleavings and interleaving classes are known.
//!
//! W1 to W3 are the races of authentication code cut down to their shared accesses, a step each.
//! Callers are identical; creating and joining them is not a step. A call to the endpoint is two
//! steps, both writes of it: it arrives, which is when a token is used up, and it responds.

use super::{Code, END, Object, Op, REFUSED, State};

/// 0 is an expired login; a successful refresh with token `t` leaves token `t + 1`.
const TOKENS: Object = 0;
const ENDPOINT: Object = 1;
const LOCK: Object = 2;
/// The number of sessions.
const SESSIONS: Object = 0;
const PENDING: Object = 2;

/// What counts as a write and changes nothing that anybody looks at.
const fn touch(object: Object) -> Op {
    Op::Add(object, 0)
}

/// Callers who refresh without a lock: who finds the login expired reads the refresh token,
/// presents it and, unless it was refused, writes the new tokens.
pub fn w1(callers: usize) -> Code {
    let caller = vec![
        Op::Read(TOKENS),
        Op::JumpUnless(0, END),
        Op::Read(TOKENS),
        Op::Present(ENDPOINT),
        touch(ENDPOINT),
        Op::JumpIf(REFUSED, END),
        Op::Store(TOKENS, 1),
    ];
    Code::new(vec![caller; callers])
}

/// W1 under a lock, with a second look at the tokens once it is held.
pub fn w2(callers: usize) -> Code {
    const UNLOCK: usize = 10;
    let caller = vec![
        Op::Read(TOKENS),
        Op::JumpUnless(0, END),
        Op::Lock(LOCK),
        Op::Read(TOKENS),
        Op::JumpUnless(0, UNLOCK),
        Op::Read(TOKENS),
        Op::Present(ENDPOINT),
        touch(ENDPOINT),
        Op::JumpIf(REFUSED, UNLOCK),
        Op::Store(TOKENS, 1),
        Op::Unlock(LOCK),
    ];
    Code::new(vec![caller; callers])
}

/// Callbacks with one code that the endpoint accepts every time: who sees no session exchanges
/// the code, appends a session and does one more step on an object of its own.
pub fn w3(callers: usize) -> Code {
    let caller = vec![
        Op::Read(SESSIONS),
        Op::JumpUnless(0, END),
        touch(ENDPOINT),
        touch(ENDPOINT),
        Op::Add(SESSIONS, 1),
        touch(PENDING),
    ];
    Code::new(vec![caller; callers])
}

/// One writer of a variable, and readers who each read a variable of their own before that one.
///
/// Every reader comes before the writer or after it, whatever the others do: `2^n` classes. A
/// benchmark of Abdulla, Aronis, Jonsson and Sagonas, "Optimal dynamic partial order reduction"
/// (POPL 2014).
pub fn readers(readers: u32) -> Code {
    let writer = vec![Op::Write(0, 1)];
    let reader = |own| vec![Op::Read(own), Op::Read(0)];
    Code::new([writer].into_iter().chain((1..=readers).map(reader)).collect())
}

/// Writers who each set their cell of an array to one more than the cell before it, and one
/// process that looks for the last 0 from the end of the array.
///
/// `(n + 3) * 2^(n - 2)` classes. A benchmark of the same paper as [`readers`].
pub fn last_zero(writers: u32) -> Code {
    let search = (0..=writers).rev().flat_map(|cell| [Op::Read(cell), Op::JumpIf(0, END)]);
    let writer = |cell| vec![Op::Read(cell - 1), Op::Store(cell, 1)];
    Code::new([search.collect()].into_iter().chain((1..=writers).map(writer)).collect())
}

/// Whether a caller of [`w1`] or [`w2`] has presented a token that was used before. A caller who is
/// refused does nothing more with its register.
pub fn a_token_was_refused(state: &State) -> bool {
    state.threads.iter().any(|thread| thread.register == REFUSED)
}

/// Whether the callers of [`w3`], once they are done, have left other than one session.
pub fn sessions_are_not_one(state: &State) -> bool {
    state.values[SESSIONS as usize] != 1
}
