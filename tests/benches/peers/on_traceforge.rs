//! The workloads on traceforge, whose programs are threads that send messages: each shared object
//! is a thread that answers requests one after the other, and a step is a request with its answer.

use traceforge::thread::{self, ThreadId};
use traceforge::{recv_msg_block, recv_tagged_msg_block, send_msg, send_tagged_msg};

use crate::{Workload, tally};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Request {
    Read,
    Write(u32),
    Add(u32),
    /// Answered by [`REFUSED`] if the token was used before.
    Present(u32),
    /// Changes nothing.
    Touch,
    /// Answered by 1 if a token was refused.
    HasRefused,
}

const REFUSED: u32 = u32::MAX;
const LOCK: u32 = 1;
const UNLOCK: u32 = 2;

/// What the callers share. 0 tokens is an expired login.
#[derive(Debug, Clone, Copy)]
struct Shared {
    tokens: ThreadId,
    endpoint: ThreadId,
    gate: ThreadId,
    sessions: ThreadId,
    pending: ThreadId,
}

/// A thread that keeps a number.
fn spawn_object() -> ThreadId {
    let object = thread::spawn_daemon(|| {
        let (mut value, mut has_refused) = (0, false);
        loop {
            let (caller, request): (ThreadId, Request) = recv_msg_block();
            let answer = match request {
                Request::Read => value,
                Request::Write(new) => {
                    value = new;
                    0
                }
                Request::Add(more) => {
                    value += more;
                    0
                }
                Request::Present(token) => {
                    let is_refused = value & (1 << token) != 0;
                    value |= 1 << token;
                    has_refused |= is_refused;
                    if is_refused { REFUSED } else { 0 }
                }
                Request::Touch => 0,
                Request::HasRefused => u32::from(has_refused),
            };
            send_msg(caller, answer);
        }
    });
    object.thread().id()
}

/// A thread that lets one caller at a time go on.
fn spawn_lock() -> ThreadId {
    let lock = thread::spawn_daemon(|| {
        loop {
            let caller: ThreadId = recv_tagged_msg_block(|_, tag| tag == Some(LOCK));
            send_msg(caller, 0_u32);
            let _: ThreadId = recv_tagged_msg_block(|_, tag| tag == Some(UNLOCK));
        }
    });
    lock.thread().id()
}

fn ask(object: ThreadId, request: Request) -> u32 {
    send_msg(object, (thread::current_id(), request));
    recv_msg_block()
}

fn refresh(shared: Shared) {
    let token = ask(shared.tokens, Request::Read);
    let answer = ask(shared.endpoint, Request::Present(token));
    ask(shared.endpoint, Request::Touch);
    if answer != REFUSED {
        ask(shared.tokens, Request::Write(token + 1));
    }
}

fn w1(shared: Shared) {
    if ask(shared.tokens, Request::Read) == 0 {
        refresh(shared);
    }
}

fn w2(shared: Shared) {
    if ask(shared.tokens, Request::Read) == 0 {
        send_tagged_msg(shared.gate, LOCK, thread::current_id());
        let _: u32 = recv_msg_block();
        if ask(shared.tokens, Request::Read) == 0 {
            refresh(shared);
        }
        send_tagged_msg(shared.gate, UNLOCK, thread::current_id());
    }
}

fn w3(shared: Shared) {
    if ask(shared.sessions, Request::Read) == 0 {
        ask(shared.endpoint, Request::Touch);
        ask(shared.endpoint, Request::Touch);
        ask(shared.sessions, Request::Add(1));
        ask(shared.pending, Request::Touch);
    }
}

fn execution(workload: Workload, callers: usize) {
    let shared = Shared {
        tokens: spawn_object(),
        endpoint: spawn_object(),
        gate: spawn_lock(),
        sessions: spawn_object(),
        pending: spawn_object(),
    };
    let call = match workload {
        Workload::W1 => w1,
        Workload::W2 => w2,
        Workload::W3 => w3,
    };
    let spawned: Vec<_> = (0..callers).map(|_| thread::spawn(move || call(shared))).collect();
    for caller in spawned {
        caller.join().expect("nobody panics");
    }
    tally::execution_ended(match workload {
        Workload::W1 | Workload::W2 => ask(shared.endpoint, Request::HasRefused) == 1,
        Workload::W3 => ask(shared.sessions, Request::Read) != 1,
    });
}

/// Runs a workload to the end of the search.
pub fn run(workload: Workload, callers: usize) {
    let config = traceforge::Config::builder().build();
    let stats = traceforge::verify(config, move || execution(workload, callers));
    assert_eq!(stats.block, 0, "executions that were blocked");
    assert_eq!(stats.execs as u64, tally::executions(), "executions run, and completed");
}
