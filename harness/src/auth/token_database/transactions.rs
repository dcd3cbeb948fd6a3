//! The transactions of a world: what each has seen and written, which rows it has locked.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::task::{Poll, Waker};

use super::{Isolation, SerializationFailure};
use crate::auth::facts::Facts;
use crate::auth::identity::UserId;
use crate::auth::ledger::Event;
use crate::auth::token_store::Tokens;
use crate::explore::Lane;

/// Tells one transaction from another; nothing depends on which is which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::auth) struct Number(u64);

/// The transactions that have not ended, and who stands at which row.
#[derive(Default)]
pub(in crate::auth) struct Transactions {
    begun: u64,
    open: BTreeMap<Number, Transaction>,
    /// At each row: first who has locked it, then who waits for it, in the order of their coming.
    rows: BTreeMap<UserId, VecDeque<Standing>>,
}

struct Transaction {
    isolation: Isolation,
    lane: Lane,
    is_commit_sent: bool,
    /// What a serializable transaction sees: what was committed at its first statement.
    snapshot: Option<Snapshot>,
    seen: BTreeSet<UserId>,
    written: BTreeMap<UserId, Option<Tokens>>,
}

#[derive(Clone)]
struct Snapshot {
    tokens: BTreeMap<UserId, Tokens>,
    /// How often each row had been written.
    writes: BTreeMap<UserId, u64>,
}

struct Standing {
    number: Number,
    waker: Option<Waker>,
}

/// What a statement that locks a row does with it then.
#[derive(Clone)]
pub(super) enum Locking {
    Load,
    Write(Option<Tokens>),
}

/// How a statement that locks a row is answered.
pub(super) enum Turn {
    Done(Result<Option<Tokens>, SerializationFailure>),
    /// Another has locked it.
    Waits,
}

/// Wakers to use, and to drop, once the facts are not locked any more.
#[derive(Default)]
pub(super) struct Woken {
    pub(super) next: Vec<Waker>,
    pub(super) gone: Vec<Waker>,
}

impl Transactions {
    pub(super) fn begin(&mut self, isolation: Isolation, lane: Lane) -> Number {
        self.begun += 1;
        let number = Number(self.begun);
        let transaction = Transaction {
            isolation,
            lane,
            is_commit_sent: false,
            snapshot: None,
            seen: BTreeSet::new(),
            written: BTreeMap::new(),
        };
        self.open.insert(number, transaction);
        number
    }

    pub(super) fn send_commit(&mut self, number: Number) {
        if let Some(transaction) = self.open.get_mut(&number) {
            transaction.is_commit_sent = true;
        }
    }

    /// Whether there is nothing for its client to roll back.
    pub(super) fn is_out_of_hand(&self, number: Number) -> bool {
        self.open.get(&number).is_none_or(|transaction| transaction.is_commit_sent)
    }

    /// Stands at a row, unless it does. Returns whether it has the lock.
    fn stand(&mut self, number: Number, row: &UserId) -> bool {
        let standing = self.rows.entry(row.clone()).or_default();
        if standing.iter().all(|one| one.number != number) {
            standing.push_back(Standing { number, waker: None });
        }
        standing.front().is_some_and(|first| first.number == number)
    }

    /// Whether it has the lock of a row; else this waker is used once it has. The waker to drop is
    /// the one that it has left before, or this one.
    pub(super) fn wait_for_row(
        &mut self,
        number: Number,
        row: &UserId,
        waker: Waker,
    ) -> (Poll<()>, Option<Waker>) {
        let standing = self.rows.entry(row.clone()).or_default();
        match standing.iter().position(|one| one.number == number) {
            Some(0) => (Poll::Ready(()), Some(waker)),
            Some(at) => (Poll::Pending, standing[at].waker.replace(waker)),
            // Its world is gone.
            None => (Poll::Pending, Some(waker)),
        }
    }

    /// The transaction is over: what it has written and not committed is gone, and so are its
    /// locks.
    pub(super) fn end(&mut self, number: Number, woken: &mut Woken) {
        self.open.remove(&number);
        for standing in self.rows.values_mut() {
            let first = standing.front().map(|first| first.number);
            let (gone, stay) =
                standing.drain(..).partition::<VecDeque<_>, _>(|one| one.number == number);
            *standing = stay;
            woken.gone.extend(gone.into_iter().filter_map(|one| one.waker));
            let next = standing.front_mut().filter(|next| Some(next.number) != first);
            woken.next.extend(next.and_then(|next| next.waker.take()));
        }
    }

    /// What ends with the process of these tasks. A commit that is on its way, and arrives, is
    /// carried out all the same; until then it keeps its locks.
    pub(super) fn lost(&self, lanes: &[Lane], arrives: impl Fn(Lane) -> bool) -> Vec<Number> {
        let is_lost = |one: &Transaction| {
            lanes.contains(&one.lane) && !(one.is_commit_sent && arrives(one.lane))
        };
        self.open.iter().filter(|(_, one)| is_lost(one)).map(|(&number, _)| number).collect()
    }
}

impl Transaction {
    /// What it sees of a row.
    fn sees(&self, row: &UserId, committed: &BTreeMap<UserId, Tokens>) -> Option<Tokens> {
        if let Some(own) = self.written.get(row) {
            return own.clone();
        }
        let tokens = self.snapshot.as_ref().map_or(committed, |snapshot| &snapshot.tokens);
        tokens.get(row).cloned()
    }
}

impl Facts {
    /// Notes what a serializable transaction sees from its first statement on.
    fn begin_statement(&mut self, number: Number) -> Result<(), SerializationFailure> {
        let (tokens, writes) = (&self.tokens, &self.account_writes);
        let transaction = self.transactions.open.get_mut(&number).ok_or(SerializationFailure)?;
        if transaction.isolation == Isolation::Serializable && transaction.snapshot.is_none() {
            let (tokens, writes) = (tokens.clone(), writes.clone());
            transaction.snapshot = Some(Snapshot { tokens, writes });
        }
        Ok(())
    }

    /// Whether a row is another one than a transaction has to see.
    fn has_moved_on(&self, transaction: &Transaction, row: &UserId) -> bool {
        let Some(snapshot) = &transaction.snapshot else { return false };
        self.account_writes.get(row) != snapshot.writes.get(row)
    }

    fn fail(&mut self, number: Number, by: Lane, woken: &mut Woken) -> SerializationFailure {
        self.transactions.end(number, woken);
        self.ledger.push(by, Event::SerializationFailed);
        SerializationFailure
    }

    pub(super) fn select_tokens(
        &mut self,
        number: Number,
        row: &UserId,
        by: Lane,
    ) -> Result<Option<Tokens>, SerializationFailure> {
        self.begin_statement(number)?;
        let transaction = self.transactions.open.get_mut(&number).ok_or(SerializationFailure)?;
        transaction.seen.insert(row.clone());
        let tokens = transaction.sees(row, &self.tokens);
        let found = tokens.as_ref().map(|tokens| tokens.refresh_token.clone());
        self.ledger.push(by, Event::TokensLoaded { user: row.clone(), found });
        Ok(tokens)
    }

    /// A statement that locks a row has arrived.
    pub(super) fn lock_row(
        &mut self,
        number: Number,
        row: &UserId,
        locking: Locking,
        by: Lane,
        woken: &mut Woken,
    ) -> Turn {
        if let Err(failure) = self.begin_statement(number) {
            return Turn::Done(Err(failure));
        }
        if !self.transactions.stand(number, row) {
            self.ledger.push(by, Event::RowLockAwaited { user: row.clone() });
            return Turn::Waits;
        }
        Turn::Done(self.carry_out(number, row, locking, by, woken))
    }

    /// The row is locked: the statement is carried out.
    pub(super) fn carry_out(
        &mut self,
        number: Number,
        row: &UserId,
        locking: Locking,
        by: Lane,
        woken: &mut Woken,
    ) -> Result<Option<Tokens>, SerializationFailure> {
        let transaction = self.transactions.open.get(&number).ok_or(SerializationFailure)?;
        if self.has_moved_on(transaction, row) {
            return Err(self.fail(number, by, woken));
        }
        match locking {
            Locking::Load => self.select_tokens(number, row, by),
            Locking::Write(tokens) => {
                let stored = tokens.as_ref().map(|tokens| tokens.refresh_token.clone());
                let open = &mut self.transactions.open;
                let transaction = open.get_mut(&number).ok_or(SerializationFailure)?;
                transaction.written.insert(row.clone(), tokens);
                self.ledger.push(by, Event::TokensPending { user: row.clone(), stored });
                Ok(None)
            }
        }
    }

    pub(super) fn commit(
        &mut self,
        number: Number,
        by: Lane,
        woken: &mut Woken,
    ) -> Result<(), SerializationFailure> {
        let transaction = self.transactions.open.get(&number).ok_or(SerializationFailure)?;
        let written = transaction.written.clone();
        // What only reads has seen what was once committed, all of it at one time.
        let mut seen = transaction.seen.iter();
        if !written.is_empty() && seen.any(|row| self.has_moved_on(transaction, row)) {
            return Err(self.fail(number, by, woken));
        }
        self.transactions.end(number, woken);
        for (row, tokens) in written {
            match tokens {
                Some(tokens) => self.save_tokens(&row, tokens, by),
                None => self.remove_tokens(&row, by),
            }
        }
        Ok(())
    }
}
