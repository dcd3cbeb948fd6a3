//! What an adopter brings along: a database, a cache, a file of their own as an object of a world.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, Location};
use std::sync::Arc;

use super::identity::UserId;
use super::ledger::Event;
use super::objects;
use super::token_store::Tokens;
use super::world::World;
use crate::explore::{Access, Lane};
use crate::world::{Call, Operation, Setting as _, attempt};

/// What a world owns of its adopter, by type.
pub(super) type Owned = BTreeMap<TypeId, Arc<dyn Any + Send + Sync>>;

/// Through which the effect of a [`World::step_on`] tells what has happened.
pub struct Telling<'a> {
    world: &'a World,
    by: Lane,
}

impl World {
    /// What this world has of type `T`, made when it is first asked for: so that all instances of
    /// the code under test, each of which is built by itself, find the same database.
    ///
    /// It is dropped before the next execution begins. It must not hold a world: a handle that is
    /// kept is noticed, and the verdict is then `incomplete`.
    pub fn own<T: Send + Sync + 'static>(&self, make: impl FnOnce(&World) -> T) -> Arc<T> {
        let key = TypeId::of::<T>();
        let known = self.facts().owned.get(&key).cloned();
        let owned = known.unwrap_or_else(|| {
            let made: Arc<dyn Any + Send + Sync> = Arc::new(make(self));
            Arc::clone(self.facts().owned.entry(key).or_insert(made))
        });
        owned.downcast().unwrap_or_else(|_| unreachable!("it is filed under its type"))
    }

    /// The tokens that logins have stored with the client, for a store of your own to begin with.
    /// A login during the race stores none there.
    pub fn tokens_at_start(&self) -> Vec<(UserId, Tokens)> {
        self.touch(Access::read(objects::TOKEN_STORE));
        let tokens = &self.facts().tokens;
        tokens.iter().map(|(user, tokens)| (user.clone(), tokens.clone())).collect()
    }

    /// Makes one atomic operation on an object of your own a step: `effect` runs when the call
    /// arrives, whether or not its caller is still there, and what it returns is the answer, also
    /// an error.
    ///
    /// `accesses` says what the effect may look at (`Access::read`) and change (`Access::write`),
    /// whatever it turns out to do; the objects are those of [`objects::own`]. The search does not
    /// try two orders of steps that have no object in common, or only read it. So an access that is
    /// **not declared makes proofs wrong**, and nothing notices: where in doubt, declare a write of
    /// one object that stands for all of it. A lock that is taken is a write. What is told is
    /// declared by telling it.
    ///
    /// The effect must not wait (a database's busy timeout has to be zero), must do the same in
    /// each execution with the same schedule, and must find what it works on as new in each: see
    /// [`World::own`]. If it panics, so does its caller.
    ///
    /// ```
    /// use std::sync::Mutex;
    ///
    /// use authloom::auth::{World, objects};
    /// use authloom::explore::Access;
    /// use authloom::world::Operation;
    ///
    /// static COUNT_LOGIN: Operation = authloom::store_operation!("count-login");
    ///
    /// /// Stands for a table: it is a database of yours that does this.
    /// #[derive(Default)]
    /// struct Logins(Mutex<u32>);
    ///
    /// async fn count_login(world: &World) -> Result<u32, &'static str> {
    ///     let logins = world.own(|_| Logins::default());
    ///     let accesses = [Access::write(objects::own("logins"))];
    ///     world
    ///         .step_on(&COUNT_LOGIN, accesses, move |_| {
    ///             let mut count = logins.0.lock().map_err(|_| "a login panicked")?;
    ///             *count += 1;
    ///             Ok(*count)
    ///         })
    ///         .await
    /// }
    ///
    /// # tokio_test::block_on(async {
    /// let world = World::by_hand();
    /// assert_eq!(count_login(&world).await, Ok(1));
    /// assert_eq!(count_login(&world).await, Ok(2));
    /// # });
    /// ```
    #[track_caller]
    pub fn step_on<R: Send + 'static>(
        &self,
        operation: &'static Operation,
        accesses: impl IntoIterator<Item = Access>,
        effect: impl FnOnce(&mut Telling<'_>) -> R + Send + 'static,
    ) -> impl Future<Output = R> + Send + 'static {
        let world = self.clone();
        let accesses: Vec<Access> = accesses.into_iter().collect();
        let effect = move |by| {
            for access in accesses {
                world.touch(access);
            }
            // No caller is there to catch it, and the search is not what has failed.
            attempt(AssertUnwindSafe(|| effect(&mut Telling { world: &world, by })))
        };
        let call = Call::new(self.kernel(), operation, Location::caller(), effect);
        async move {
            call.await.unwrap_or_else(|panic| {
                let place = panic.place.map(|at| format!(" at {}:{}", at.file, at.line));
                let place = place.unwrap_or_default();
                panic!("`{}` panicked{place}: {}", operation.name, panic.message)
            })
        }
    }
}

impl Telling<'_> {
    /// Writes into the ledger what a store of sessions or tokens has done, for properties to judge
    /// and timelines to show. Tell it in the step in which it comes to be so for others: of a
    /// transaction, that of its commit.
    ///
    /// # Panics
    /// When it is not an event of such a store.
    pub fn tell(&mut self, event: Event) {
        // What properties judge by these, they judge by the same objects of the doubles.
        let access = match &event {
            Event::SessionLookedUp { browser, .. } => {
                Some(Access::read(objects::sessions(browser)))
            }
            Event::SessionCreated { browser, .. } | Event::SessionConflicted { browser, .. } => {
                Some(Access::write(objects::sessions(browser)))
            }
            Event::SessionAcquired { .. } | Event::StoreRefused => None,
            Event::TokensLoaded { .. } => Some(Access::read(objects::TOKEN_STORE)),
            Event::TokensSaved { .. }
            | Event::TokensRemoved { .. }
            | Event::TokensConflicted { .. } => Some(Access::write(objects::TOKEN_STORE)),
            other => panic!("a store cannot tell of {other:?}"),
        };
        if let Some(access) = access {
            self.world.touch(access);
        }
        self.world.facts().ledger.push(self.by, event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::sync::Mutex;

    use crate::auth::BrowserId;

    static USE: Operation = crate::store_operation!("use");

    #[test]
    fn what_a_world_owns_is_made_once_in_each() {
        let (world, other) = (World::by_hand(), World::by_hand());
        *world.own(|_| Mutex::new(1)).lock().unwrap() += 1;
        assert_eq!(*world.own(|_| Mutex::new(1)).lock().unwrap(), 2);
        assert_eq!(*world.own(|_| "of another type"), "of another type");
        assert_eq!(*other.own(|_| Mutex::new(1)).lock().unwrap(), 1);
    }

    #[test]
    fn a_store_begins_with_the_tokens_of_logins() {
        let (world, alice) = (World::by_hand(), UserId::new("alice"));
        let tokens = world.server().log_in_expired(&alice);
        assert_eq!(world.tokens_at_start(), [(alice, tokens)]);
    }

    #[tokio::test]
    async fn an_error_of_the_effect_is_the_answer() {
        let failed = World::by_hand().step_on(&USE, [], |_| Err::<(), _>("busy")).await;
        assert_eq!(failed, Err("busy"));
    }

    #[tokio::test]
    async fn what_is_told_is_in_the_ledger() {
        let world = World::by_hand();
        let told = Event::SessionLookedUp { browser: BrowserId::new("browser"), found: None };
        let event = told.clone();
        world.step_on(&USE, [], |telling| telling.tell(event)).await;
        let ledger = world.ledger();
        assert!(matches!(ledger.entries(), [entry] if entry.event == told));
    }

    #[tokio::test]
    #[should_panic(expected = "a store cannot tell of Pulled")]
    async fn a_store_does_not_speak_for_servers() {
        World::by_hand().step_on(&USE, [], |telling| telling.tell(Event::Pulled)).await;
    }
}
