//! Programs made up to test the search: processes that run a few operations over shared integers.
//!
//! ```text
//!     Code, fixed                          State, one execution
//!     process 0: read a, lock b, ...       values of a, b, ...
//!     process 1: lock b, write a, ...      where each process stands, and its register
//! ```
//!
//! [`Code`] says what a state allows and what a step does to it. [`Machine`] offers that to the
//! search as a [`Program`]; [`brute_force`] explores it without either.
//!
//! A lock is an integer like any other, 0 when free. The plain search does not mind a program that
//! also writes it; a search that reduces does (see `AccessKind::Release`).

pub mod brute_force;
pub mod classes;
pub mod workloads;

use authloom::explore::{Access, Choice, Lane, ObjectId, ProcessId, Program};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// A shared integer. All are 0 at first.
pub type Object = u32;

/// Where a jump goes that ends the process.
pub const END: usize = usize::MAX;

/// What [`Op::Present`] leaves in the register when the token was used before.
pub const REFUSED: i64 = -1;

/// What a process does. Each is a step of its own, the jumps excepted: they are taken together
/// with the step before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// The register takes the value of the object.
    Read(Object),
    /// The object takes this value.
    Write(Object, i64),
    /// The object takes the value of the register plus this.
    Store(Object, i64),
    /// The object grows by this, unseen by the process.
    Add(Object, i64),
    /// Possible while the object is 0, and makes it the number of the process, counted from 1.
    Lock(Object),
    /// Makes the object 0 if it is the number of the process; else does nothing.
    Unlock(Object),
    /// Uses up the token whose number is in the register, 0 to 62. The object holds a bit for each
    /// token used; a second use leaves [`REFUSED`] in the register.
    Present(Object),
    /// Goes on at this operation if the register has this value.
    JumpIf(i64, usize),
    /// Goes on at this operation if the register has another value.
    JumpUnless(i64, usize),
}

impl Op {
    fn label(self) -> &'static str {
        match self {
            Op::Read(_) => "read",
            Op::Write(..) => "write",
            Op::Store(..) => "store",
            Op::Add(..) => "add",
            Op::Lock(_) => "lock",
            Op::Unlock(_) => "unlock",
            Op::Present(_) => "present",
            Op::JumpIf(..) | Op::JumpUnless(..) => "jump",
        }
    }

    fn access(self) -> Option<Access> {
        let id = object_id;
        match self {
            Op::Read(object) => Some(Access::read(id(object))),
            Op::Write(object, _)
            | Op::Store(object, _)
            | Op::Add(object, _)
            | Op::Present(object) => Some(Access::write(id(object))),
            Op::Lock(object) => Some(Access::acquire(id(object))),
            Op::Unlock(object) => Some(Access::release(id(object))),
            Op::JumpIf(..) | Op::JumpUnless(..) => None,
        }
    }
}

/// The operations of every process.
#[derive(Debug, Clone)]
pub struct Code {
    processes: Vec<Vec<Op>>,
    objects: usize,
}

/// All that a step can change.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    values: Vec<i64>,
    threads: Vec<Thread>,
}

impl State {
    /// The value of an object.
    pub fn value(&self, object: Object) -> i64 {
        self.values[object as usize]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Thread {
    /// The operation it would do next.
    next: usize,
    register: i64,
}

impl Code {
    /// One process for each list of operations.
    pub fn new(processes: Vec<Vec<Op>>) -> Self {
        let accesses = processes.iter().flatten().filter_map(|op| op.access());
        let objects = accesses.map(|access| access.object.key as usize + 1).max().unwrap_or(0);
        Code { processes, objects }
    }

    /// The number of processes.
    pub fn processes(&self) -> usize {
        self.processes.len()
    }

    /// Before the first step.
    pub fn start(&self) -> State {
        let threads = vec![Thread { next: 0, register: 0 }; self.processes.len()];
        let mut state = State { values: vec![0; self.objects], threads };
        for process in 0..self.processes.len() {
            self.jump(&mut state.threads[process], process);
        }
        state
    }

    /// What the process would do next, if anything; it may have to wait for it.
    fn next(&self, state: &State, process: usize) -> Option<Op> {
        self.processes[process].get(state.threads[process].next).copied()
    }

    /// What the process can do now.
    pub fn possible(&self, state: &State, process: usize) -> Option<Op> {
        self.next(state, process).filter(|&op| match op {
            Op::Lock(object) => state.values[object as usize] == 0,
            _ => true,
        })
    }

    /// Whether no process has anything left to do. A state with nothing possible that is not
    /// finished is a deadlock.
    pub fn is_finished(&self, state: &State) -> bool {
        (0..self.processes.len()).all(|process| self.next(state, process).is_none())
    }

    /// Does what is possible for the process, and tells what that touched.
    pub fn take(&self, state: &mut State, process: usize) -> Access {
        let op = self.possible(state, process).expect("a step is taken only where it is possible");
        let mut access = op.access().expect("every step touches an object");
        let State { values, threads } = state;
        let thread = &mut threads[process];
        match op {
            Op::Read(object) => thread.register = values[object as usize],
            Op::Write(object, value) => values[object as usize] = value,
            Op::Store(object, more) => values[object as usize] = thread.register + more,
            Op::Add(object, more) => values[object as usize] += more,
            Op::Lock(object) => values[object as usize] = process as i64 + 1,
            Op::Unlock(object) if values[object as usize] == process as i64 + 1 => {
                values[object as usize] = 0;
            }
            // Whether it holds the lock a process knows by itself.
            Op::Unlock(_) => access = Access::read(ObjectId { kind: 1, key: process as u32 }),
            Op::Present(object) => {
                let token = 1 << thread.register;
                if values[object as usize] & token != 0 {
                    thread.register = REFUSED;
                }
                values[object as usize] |= token;
            }
            Op::JumpIf(..) | Op::JumpUnless(..) => unreachable!("jumps go with the step before"),
        }
        thread.next += 1;
        self.jump(thread, process);
        access
    }

    fn jump(&self, thread: &mut Thread, process: usize) {
        loop {
            thread.next = match self.processes[process].get(thread.next) {
                Some(&Op::JumpIf(value, to)) if thread.register == value => to,
                Some(&Op::JumpUnless(value, to)) if thread.register != value => to,
                Some(Op::JumpIf(..) | Op::JumpUnless(..)) => thread.next + 1,
                _ => return,
            };
        }
    }
}

/// A step that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// Who took it.
    pub process: ProcessId,
    /// What it touched.
    pub access: Access,
}

/// Code that runs, one step at a time.
#[derive(Debug)]
pub struct Machine {
    code: Code,
    state: State,
    steps: Vec<Step>,
}

impl Machine {
    /// The code, before its first step.
    pub fn new(code: Code) -> Self {
        let state = code.start();
        Machine { code, state, steps: Vec::new() }
    }

    /// What the steps taken so far have led to.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The steps taken since reset, with the accesses reported for them.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether no process has anything left to do.
    pub fn is_finished(&self) -> bool {
        self.code.is_finished(&self.state)
    }
}

impl AsRef<Machine> for Machine {
    fn as_ref(&self) -> &Machine {
        self
    }
}

impl Program for Machine {
    fn reset(&mut self) {
        self.state = self.code.start();
        self.steps.clear();
    }

    fn enabled(&mut self, choices: &mut Vec<Choice>) {
        choices.clear();
        choices.extend((0..self.code.processes()).filter_map(|process| {
            let op = self.code.possible(&self.state, process)?;
            Some(Choice { process: process_id(process), label: op.label() })
        }));
    }

    fn waiting(&mut self, waiting: &mut Vec<(ProcessId, ObjectId)>) {
        waiting.clear();
        for process in 0..self.code.processes() {
            let possible = self.code.possible(&self.state, process);
            if let (Some(Op::Lock(object)), None) = (self.code.next(&self.state, process), possible)
            {
                waiting.push((process_id(process), object_id(object)));
            }
        }
    }

    fn outcome(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.state.hash(&mut hasher);
        hasher.finish()
    }

    fn step(&mut self, process: ProcessId) -> &[Access] {
        let access = self.code.take(&mut self.state, usize::from(process.lane.0));
        self.steps.push(Step { process, access });
        std::slice::from_ref(&self.steps[self.steps.len() - 1].access)
    }
}

/// The objects of a machine are of one kind.
pub fn object_id(object: Object) -> ObjectId {
    ObjectId { kind: 0, key: object }
}

/// Every process of a machine has a lane to itself.
pub fn process_id(process: usize) -> ProcessId {
    let lane = u16::try_from(process).expect("a synthetic program has a handful of processes");
    ProcessId { lane: Lane(lane), index: 0 }
}
