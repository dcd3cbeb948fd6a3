//! A race: callers, what they do, what may go wrong, what must hold.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use super::explore::explore;
use super::options::{Options, Sharing};
use super::replay::{ReplayError, replay};
use super::schedule::Schedule;
use super::stages::{Stages, Told};
use super::threads::explore_threads;
use super::verdict::{Bounds, Conclusion, Level, Verdict, Violation};
use crate::auth::{ACCESS_TOKEN_TTL, CallbackHandler, SyncEngine, TokenRefresher, World};
use crate::explore::Snapshot;
use crate::property::{Property, Sometimes};
use crate::report;
use crate::world::{Driving, Fault, Operation, Release, Setting as _};

/// A race of implementations of the trait `T`.
pub struct Scenario<T: ?Sized> {
    /// Its name.
    pub name: &'static str,
    /// What happens, in a sentence.
    pub summary: &'static str,
    /// What may happen.
    pub bounds: Bounds,
    /// What must hold, the most telling first. `everyone-finishes` and `never-panics` are always
    /// looked at, whether named here or not.
    pub properties: Vec<Property>,
    /// What some execution must show.
    pub sometimes: Vec<Sometimes>,
    /// Sets up a fresh world: what exists, who calls.
    pub stage: Arc<SetStage<T>>,
}

/// Sets up a fresh world, once for each execution.
pub type SetStage<T> = dyn Fn(&Stage<'_, T>) + Send + Sync;

/// A fresh world before its first step.
pub struct Stage<'a, T: ?Sized> {
    world: &'a World,
    build: &'a Build<T>,
    clock_advance: &'a Cell<Duration>,
}

/// Builds an implementation.
type Build<T> = Arc<dyn Fn(&World) -> Arc<T> + Send + Sync>;

impl<T: ?Sized> Stage<'_, T> {
    /// The world, to arrange.
    pub fn world(&self) -> &World {
        self.world
    }

    /// Adds a process that can crash, within the bounds: `start` builds its instance and adds its
    /// callers, now and whenever it is started again.
    ///
    /// A crash comes while one of its tasks has not ended, at any of its awaits; at level `thread`,
    /// at any of its operations. Its tasks are gone without running anything (at level `thread`,
    /// what one is in the middle of unwinds unseen); none of its locks, caches and running
    /// refreshes is there any more. What is in a world's stores stays; a file's lock is let go of;
    /// a lease goes on to its end. Requests that are on their way arrive all the same, or none of
    /// them does. Then the process is started again, and its callers ask again.
    ///
    /// Where every instance and every caller is one of a process, processes are taken to share
    /// nothing but what is the world's: two steps of two of them are tried in both orders only if
    /// they touch the same of that. What `start` captures must not be shared code: that is noticed
    /// only where one of the executions that are run twice comes to something else in another
    /// order.
    pub fn process(&self, start: impl Fn(&Stage<'_, T>) + Send + Sync + 'static)
    where
        T: 'static,
    {
        self.add_process(None, start);
    }

    /// Adds a process for each name, which is to be that of its caller and nothing else: they are
    /// explored up to renaming, as [`identical callers`](Stage::identical_callers) are.
    pub fn identical_processes(
        &self,
        names: &[&'static str],
        start: impl Fn(&Stage<'_, T>, &'static str) + Send + Sync + 'static,
    ) where
        T: 'static,
    {
        let (group, start) = (self.world.kernel().new_group(), Arc::new(start));
        for &name in names {
            let start = Arc::clone(&start);
            self.add_process(Some(group), move |process| start(process, name));
        }
    }

    fn add_process(
        &self,
        group: Option<usize>,
        start: impl Fn(&Stage<'_, T>) + Send + Sync + 'static,
    ) where
        T: 'static,
    {
        let (world, build) = (self.world.clone(), Arc::clone(self.build));
        self.world.kernel().add_process(group, move || {
            let clock_advance = Cell::default();
            start(&Stage { world: &world, build: &build, clock_advance: &clock_advance });
        });
    }

    /// Only these kinds of faults befall calls, and not every one there is: what the server staged
    /// is not known for, or what the properties cannot hold under.
    pub fn faults_are(&self, kinds: &'static [Fault]) {
        self.world.kernel().allow_faults(kinds);
    }

    /// Builds the implementation. Each call is another instance (a process, a replica) in the same
    /// world.
    pub fn instance(&self) -> Arc<T> {
        self.world.kernel().note_instance();
        (self.build)(self.world)
    }

    /// Holds the answer of the next call of `operation` that no earlier gate takes.
    pub fn withhold(&self, operation: &'static Operation, release: Release) {
        self.world.kernel().withhold(operation, release);
    }

    /// Has every call of `operation` held once: besides the executions in which nothing is held,
    /// there are those in which the answer of one call, each in turn, comes back only when nothing
    /// else can move.
    pub fn hold_each(&self, operation: &'static Operation) {
        self.world.kernel().hold_each(operation);
    }

    /// By how much the clock goes on each time that the bounds let it: by as much as an access
    /// token lives, unless this is called, outside of any process.
    pub fn clock_advances_by(&self, duration: Duration) {
        self.clock_advance.set(duration);
    }

    /// Adds a caller. Its future starts with its first step.
    pub fn caller(&self, name: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        self.world.kernel().add_caller(name, None, future);
    }

    /// Adds callers that differ in their names only. They are explored up to renaming: who of them
    /// begins is always the first that has not begun.
    ///
    /// `make` must make the same future each time, on the same instance and with equal arguments.
    pub fn identical_callers<F>(&self, names: &[&'static str], make: impl Fn() -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let group = self.world.kernel().new_group();
        for name in names {
            self.world.kernel().add_caller(name, Some(group), make());
        }
    }
}

/// Something that can be put behind the trait `T`.
pub trait UnderTest<T: ?Sized> {
    /// Puts it there.
    fn under_test(self) -> Arc<T>;
}

impl<R: TokenRefresher + 'static> UnderTest<dyn TokenRefresher> for R {
    fn under_test(self) -> Arc<dyn TokenRefresher> {
        Arc::new(self)
    }
}

impl<H: CallbackHandler + 'static> UnderTest<dyn CallbackHandler> for H {
    fn under_test(self) -> Arc<dyn CallbackHandler> {
        Arc::new(self)
    }
}

impl<E: SyncEngine + 'static> UnderTest<dyn SyncEngine> for E {
    fn under_test(self) -> Arc<dyn SyncEngine> {
        Arc::new(self)
    }
}

impl<T: ?Sized + 'static> Scenario<T> {
    /// The same, with up to so many callers cancelled, each at any of its awaits.
    #[must_use]
    pub fn with_cancellations(mut self, cancellations: usize) -> Self {
        self.bounds.cancellations = cancellations;
        self
    }

    /// The same, with the clock going on so many times, each at any moment: by as much as an access
    /// token lives, unless the scenario says otherwise.
    #[must_use]
    pub fn with_clock_advances(mut self, clock_advances: usize) -> Self {
        self.bounds.clock_advances = clock_advances;
        self
    }

    /// The same, with up to so many faults: each kind of [`Fault`] befalls each call to a server in
    /// turn, once or from then on. Faults that the scenario itself asks the server for count too.
    ///
    /// A store has no failure to answer with, so that none befalls its calls.
    #[must_use]
    pub fn with_faults(mut self, faults: usize) -> Self {
        self.bounds.faults = faults;
        self
    }

    /// The same, with up to so many crashes of what the scenario stages as a [`Stage::process`].
    #[must_use]
    pub fn with_crashes(mut self, crashes: usize) -> Self {
        self.bounds.crashes = crashes;
        self
    }

    /// Asserts that no schedule within the bounds breaks a property of this scenario, at level
    /// `await`. See [`Scenario::prove_at`].
    ///
    /// # Panics
    /// As that does.
    #[track_caller]
    pub fn prove<I: UnderTest<T>>(&self, build: impl Fn(&World) -> I + Send + Sync + 'static) {
        self.prove_at(Level::Await, build);
    }

    /// Asserts that no schedule within the bounds breaks a property of this scenario, at a level.
    ///
    /// `build` makes the implementation, once for each execution, on the doubles of its world.
    ///
    /// # Panics
    /// Unless the verdict is `proved`; the message is the timeline. What is proved, and what was
    /// not seen, is printed, which a test shows with `--nocapture`.
    #[track_caller]
    pub fn prove_at<I: UnderTest<T>>(
        &self,
        level: Level,
        build: impl Fn(&World) -> I + Send + Sync + 'static,
    ) {
        let build = move |world: &World| build(world).under_test();
        let verdict = self.explore(build, &Options { level, ..Options::default() }, &mut |_| {});
        let text = report::verdict_text(&verdict);
        assert!(matches!(verdict.conclusion, Conclusion::Proved), "\n{text}");
        println!("{text}");
    }

    /// Explores every interleaving within the bounds.
    pub fn verdict<I: UnderTest<T>>(
        &self,
        build: impl Fn(&World) -> I + Send + Sync + 'static,
    ) -> Verdict {
        let build = move |world: &World| build(world).under_test();
        self.explore(build, &Options::default(), &mut |_| {})
    }

    /// Asserts that a schedule still breaks the property that it was written for.
    ///
    /// # Panics
    /// When it does not, or when it does not fit this implementation; the message says at which
    /// line of `schedule`.
    #[track_caller]
    pub fn assert_reproduces<I: UnderTest<T>>(
        &self,
        schedule: &str,
        build: impl Fn(&World) -> I + Send + Sync + 'static,
    ) {
        let build = move |world: &World| build(world).under_test();
        let result = report::parse_schedule(schedule).map_err(|error| error.to_string()).and_then(
            |schedule| {
                self.replay(build, &schedule).map_err(|error| report::replay_error_text(&error))
            },
        );
        if let Err(message) = result {
            panic!(
                "the schedule does not reproduce: {message}\n\
                 If the code was changed since it was found, that neither shows the race to be \
                 gone nor to be there: `prove` runs every interleaving anew."
            );
        }
    }

    /// Explores every interleaving within the bounds, with options; `watch` is called now and then
    /// on the calling thread.
    pub fn explore(
        &self,
        build: impl Fn(&World) -> Arc<T> + Send + Sync + 'static,
        options: &Options,
        watch: &mut dyn FnMut(&Snapshot),
    ) -> Verdict {
        let build: Build<T> = Arc::new(build);
        let (level, anything) = (options.level, Sharing::Anything);
        let staged = |level, sharing| self.staged(&build, level, sharing);
        match level {
            Level::Await | Level::Lock => {
                let (stage, coarser) = (staged(level, anything), staged(Level::Await, anything));
                let told = Told { stage, level, coarser };
                let stages = Stages { searched: staged(level, options.sharing), told };
                explore(self, stages, options, watch)
            }
            Level::Thread => explore_threads(self, staged(level, anything), options, watch),
        }
    }

    /// Runs one schedule.
    ///
    /// # Errors
    /// When the schedule is not one of this scenario with this implementation, or does not break
    /// the property it names.
    pub fn replay(
        &self,
        build: impl Fn(&World) -> Arc<T> + Send + Sync + 'static,
        schedule: &Schedule,
    ) -> Result<Violation, ReplayError> {
        let build: Build<T> = Arc::new(build);
        replay(self, self.staged(&build, schedule.level, Sharing::Anything), schedule)
    }

    /// Every property that is looked at.
    pub(super) fn all_properties(&self) -> Vec<Property> {
        let always = [crate::property::EVERYONE_FINISHES, crate::property::NEVER_PANICS];
        let mut properties = self.properties.clone();
        let missing =
            always.iter().filter(|one| self.properties.iter().all(|other| other.name != one.name));
        properties.extend(missing);
        properties
    }

    fn staged(
        &self,
        build: &Build<T>,
        level: Level,
        sharing: Sharing,
    ) -> crate::world::Stage<World> {
        let (stage, clock_advances) = (Arc::clone(&self.stage), self.bounds.clock_advances);
        let build = Arc::clone(build);
        Arc::new(move |world: &World| {
            match (level, sharing) {
                (Level::Lock, _) => world.kernel().drive_sync(Driving::Steps),
                (Level::Await, Sharing::SyncObjects) => world.kernel().drive_sync(Driving::Seen),
                (Level::Await, Sharing::Anything) | (Level::Thread, _) => {}
            }
            if sharing == Sharing::SyncObjects {
                world.kernel().see_sharing();
            }
            let clock_advance = Cell::new(ACCESS_TOKEN_TTL);
            stage(&Stage { world, build: &build, clock_advance: &clock_advance });
            if clock_advances > 0 {
                world.let_time_pass(clock_advances, clock_advance.get());
            }
        })
    }
}
