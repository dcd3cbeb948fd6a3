//! The workloads for tools that run threads: the same text for each, on the tool's own threads and
//! locks.

/// Defines `execution(workload, callers)`, which runs one execution: it spawns the callers, joins
/// them and looks at what they have left. A step of the workload is one section under a lock.
macro_rules! define_execution {
    ($tool:ident) => {
        use std::sync::Arc;

        use $tool::sync::{Mutex, MutexGuard, RwLock};
        use $tool::thread;

        use crate::{Workload, tally};

        /// What the callers share. 0 tokens is an expired login.
        struct Shared {
            tokens: RwLock<u32>,
            endpoint: Mutex<Endpoint>,
            gate: Mutex<()>,
            sessions: RwLock<u32>,
            pending: Mutex<()>,
        }

        #[derive(Default)]
        struct Endpoint {
            /// A bit a token.
            used: u32,
            has_refused: bool,
        }

        /// Nobody panics while holding a lock.
        fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
            mutex.lock().expect("nobody panics")
        }

        fn read(object: &RwLock<u32>) -> u32 {
            *object.read().expect("nobody panics")
        }

        fn write(object: &RwLock<u32>, change: impl FnOnce(&mut u32)) {
            change(&mut object.write().expect("nobody panics"));
        }

        fn refresh(shared: &Shared) {
            let token = read(&shared.tokens);
            let is_refused = {
                let mut endpoint = lock(&shared.endpoint);
                let is_refused = endpoint.used & (1 << token) != 0;
                endpoint.used |= 1 << token;
                endpoint.has_refused |= is_refused;
                is_refused
            };
            drop(lock(&shared.endpoint));
            if !is_refused {
                write(&shared.tokens, |tokens| *tokens = token + 1);
            }
        }

        fn w1(shared: &Shared) {
            if read(&shared.tokens) == 0 {
                refresh(shared);
            }
        }

        fn w2(shared: &Shared) {
            if read(&shared.tokens) == 0 {
                let held = lock(&shared.gate);
                if read(&shared.tokens) == 0 {
                    refresh(shared);
                }
                drop(held);
            }
        }

        fn w3(shared: &Shared) {
            if read(&shared.sessions) == 0 {
                drop(lock(&shared.endpoint));
                drop(lock(&shared.endpoint));
                write(&shared.sessions, |sessions| *sessions += 1);
                drop(lock(&shared.pending));
            }
        }

        fn execution(workload: Workload, callers: usize) {
            let shared = Arc::new(Shared {
                tokens: RwLock::new(0),
                endpoint: Mutex::new(Endpoint::default()),
                gate: Mutex::new(()),
                sessions: RwLock::new(0),
                pending: Mutex::new(()),
            });
            let call = match workload {
                Workload::W1 => w1,
                Workload::W2 => w2,
                Workload::W3 => w3,
            };
            let spawned: Vec<_> = (0..callers)
                .map(|_| {
                    let shared = Arc::clone(&shared);
                    thread::spawn(move || call(&shared))
                })
                .collect();
            for caller in spawned {
                caller.join().expect("nobody panics");
            }
            tally::execution_ended(match workload {
                Workload::W1 | Workload::W2 => lock(&shared.endpoint).has_refused,
                Workload::W3 => read(&shared.sessions) != 1,
            });
        }
    };
}

pub(crate) use define_execution;
