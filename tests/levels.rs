//! The catalogue at the levels that are finer than `await`, and what must not pass there.

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::sync::{Arc, LazyLock};
use std::task::Poll;

use async_trait::async_trait;
use authloom::auth::{
    AccessToken, AuthError, TokenEndpoint, TokenEndpointDouble, TokenRefresher, TokenStore,
    TokenStoreDouble, UserId, World,
};
use authloom::prove::{Conclusion, Incomplete, Level, Options, Scenario, Search, Sharing, Verdict};
use authloom::report;
use authloom::sync::{Mutex, OnceCell};
use authloom::world::{Clock, WorldClock};
use authloom_models::refresh::{FlightCheckedThenRegistered, FlightJoinedOrRegistered};
use authloom_scenarios::{Cell, Declared, Size, cells, cells_at, refresh};

fn cell(level: Level, model: &str) -> Cell {
    cells_at(level).into_iter().find(|cell| cell.model == model).expect("the catalogue has it")
}

/// Every cell gets its declared verdict at level `lock`, and what shows it replays.
#[test]
fn the_catalogue_at_level_lock_is_as_declared() {
    for cell in cells_at(Level::Lock) {
        let verdict = cell.explore(Size::default(), &mut |_| {});
        let text = report::verdict_text(&verdict);
        assert!(cell.declared.agrees_with(&verdict), "{} {text}", cell.model);
        assert_eq!(verdict.redundant, 0, "{} {text}", cell.model);
        let Conclusion::Violated(violation) = &verdict.conclusion else { continue };
        let schedule = report::parse_schedule(&text).expect("it was just written");
        assert_eq!(schedule.level, Level::Lock);
        let replayed = cell.replay(&schedule).expect("it replays");
        assert_eq!(report::violation_text(&replayed), report::violation_text(violation));
    }
}

/// The reduction misses nothing at level `lock`: running every schedule gives the same verdict, the
/// same broken properties and the same counterexample.
#[test]
fn reduction_and_running_in_full_agree_at_level_lock() {
    let told = |verdict: &Verdict| {
        let violation = verdict.conclusion.violation();
        let broken = violation.map(|it| (it.property.name, it.others.clone()));
        (verdict.conclusion.as_str(), broken, violation.and_then(|it| it.schedule.clone()))
    };
    for model in [
        "refresh/serialized-with-recheck",
        "refresh/flight-checked-then-registered",
        "refresh/flight-joined-or-registered",
    ] {
        let cell = cell(Level::Lock, model);
        let reduced = cell.explore(Size::default(), &mut |_| {});
        let full = cell.search(Search::Plain, Size::default(), &mut |_| {});
        assert_eq!(told(&reduced), told(&full), "{model}");
        assert!(reduced.executions <= full.executions, "{model}");
    }
}

/// Whatever tasks are taken to share: the models share nothing but sync objects, so that a proof
/// which takes them to share anything says the same.
#[test]
fn what_tasks_are_taken_to_share_changes_no_verdict() {
    const EXECUTIONS_MAX: u64 = 20_000;
    let mut compared = 0;
    for cell in cells().into_iter().chain(cells_at(Level::Lock)) {
        let [anything, by_object] = [Sharing::Anything, Sharing::SyncObjects].map(|sharing| {
            let executions_max = match sharing {
                Sharing::Anything => EXECUTIONS_MAX,
                Sharing::SyncObjects => u64::MAX,
            };
            let options = Options { sharing, executions_max, ..Options::default() };
            cell.explore_with(options, Size::default(), &mut |_| {})
        });
        let name = format!("{} {} {:?}", cell.race().name(), cell.model, cell.level);
        assert!(cell.declared.agrees_with(&by_object), "{name}");
        if anything.is_exhausted && by_object.is_exhausted {
            let broken = |verdict: &Verdict| {
                let found = verdict.conclusion.violation()?;
                let others = found.others.iter().copied();
                Some(others.chain([found.property.name]).collect::<BTreeSet<_>>())
            };
            assert_eq!(broken(&anything), broken(&by_object), "{name}");
            compared += 1;
        }
    }
    assert!(compared > cells().len(), "only {compared} were small enough");
}

/// The whole matrix at every level: what a coarser level finds broken, a finer one finds broken
/// too.
#[test]
fn the_levels_agree_on_the_whole_matrix() {
    for await_cell in cells() {
        let name = format!("{} {}", await_cell.race().name(), await_cell.model);
        let is_same = |cell: &Cell| cell.is_same_race(&await_cell);
        let mut coarser: BTreeSet<&str> = BTreeSet::new();
        for &level in Level::ALL {
            let cell = cells_at(level).into_iter().find(is_same);
            let cell = cell.expect("every level has every cell");
            let verdict = cell.explore(Size::default(), &mut |_| {});
            let text = report::verdict_text(&verdict);
            assert!(cell.declared.agrees_with(&verdict), "{name} {text}");
            if let Declared::Violated(property) = await_cell.declared {
                assert_eq!(cell.declared.property(), Some(property.name), "{name}");
            }
            let found = verdict.conclusion.violation();
            let broken: BTreeSet<&str> = found
                .iter()
                .flat_map(|it| it.others.iter().copied().chain([it.property.name]))
                .collect();
            // A search that has found something goes on only for a while.
            let may_miss = !verdict.is_exhausted;
            assert!(may_miss || coarser.is_subset(&broken), "{name}: {coarser:?}\n{text}");
            coarser = broken;
        }
    }
}

/// Right, on tokio's own mutex.
struct ForeignLock {
    endpoint: TokenEndpointDouble,
    tokens: TokenStoreDouble,
    clock: WorldClock,
    lock: tokio::sync::Mutex<()>,
}

impl ForeignLock {
    fn new(world: &World) -> Self {
        ForeignLock {
            endpoint: world.token_endpoint(),
            tokens: world.token_store(),
            clock: world.clock(),
            lock: tokio::sync::Mutex::default(),
        }
    }

    async fn refresh(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let tokens = self.tokens.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(self.clock.now()) {
            return Ok(tokens.access_token);
        }
        let answer = self.endpoint.refresh(&tokens.refresh_token).await?;
        let renewed = tokens.renewed(answer, self.clock.now());
        self.tokens.save(user, renewed.clone()).await;
        Ok(renewed.access_token)
    }
}

#[async_trait]
impl TokenRefresher for ForeignLock {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let _guard = self.lock.lock().await;
        self.refresh(user).await
    }
}

fn foreign_lock(world: &World) -> Arc<dyn TokenRefresher> {
    Arc::new(ForeignLock::new(world))
}

/// A task that waits for a lock that is not from `authloom::sync` is noticed: no proof.
#[test]
fn a_foreign_lock_that_makes_somebody_wait_is_no_proof() {
    let explore = |level| {
        let options = Options { level, ..Options::default() };
        refresh::concurrent_callers(2).explore(foreign_lock, &options, &mut |_| {}).conclusion
    };
    assert!(matches!(explore(Level::Await), Conclusion::Proved));
    let found = explore(Level::Lock);
    assert!(matches!(found, Conclusion::Incomplete(Incomplete::WaitedUnseen { .. })), "{found:?}");
    assert!(report::conclusion_text(&found).contains("not from authloom::sync"));
}

/// The same at level `thread`.
#[test]
fn a_foreign_lock_is_no_proof_on_threads_either() {
    let options = Options { level: Level::Thread, ..Options::default() };
    let verdict = refresh::concurrent_callers(2).explore(foreign_lock, &options, &mut |_| {});
    let found = verdict.conclusion;
    assert!(matches!(found, Conclusion::Incomplete(Incomplete::UsedUnseen { .. })), "{found:?}");
}

/// `refresh/flight-checked-then-registered` on tokio's own mutex, which nobody ever waits for.
struct ForeignCheckThenRegister {
    refresher: ForeignLock,
    flights: tokio::sync::Mutex<BTreeMap<UserId, Flight>>,
}

type Flight = Arc<OnceCell<AccessToken>>;

#[async_trait]
impl TokenRefresher for ForeignCheckThenRegister {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let running = self.flights.lock().await.get(user).cloned();
        let flight = running.unwrap_or_default();
        self.flights.lock().await.insert(user.clone(), Arc::clone(&flight));
        flight.get_or_try_init(|| self.refresher.refresh(user)).await.cloned()
    }
}

/// Nobody ever waits for the foreign lock: that it is used is noticed all the same.
#[test]
fn a_foreign_lock_that_nobody_waits_for_is_no_proof() {
    for level in [Level::Lock, Level::Thread] {
        let options = Options { level, ..Options::default() };
        let build = |world: &World| -> Arc<dyn TokenRefresher> {
            let (refresher, flights) = (ForeignLock::new(world), tokio::sync::Mutex::default());
            Arc::new(ForeignCheckThenRegister { refresher, flights })
        };
        let verdict = refresh::concurrent_callers(2).explore(build, &options, &mut |_| {});
        let found = verdict.conclusion;
        let is_noticed = matches!(found, Conclusion::Incomplete(Incomplete::UsedUnseen { .. }));
        assert!(is_noticed, "{found:?}");
        assert!(report::conclusion_text(&found).contains("used a lock or channel of tokio::sync"));
    }
}

/// The same inside an operation of `authloom::sync`, which is noticed for what it is.
struct ForeignLockInCell(ForeignLock, OnceCell<AccessToken>);

#[async_trait]
impl TokenRefresher for ForeignLockInCell {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let ForeignLockInCell(refresher, cell) = self;
        cell.get_or_try_init(|| refresher.access_token(user)).await.cloned()
    }
}

#[test]
fn a_foreign_lock_within_a_seen_operation_is_no_proof() {
    for level in [Level::Lock, Level::Thread] {
        let options = Options { level, ..Options::default() };
        let build = |world: &World| -> Arc<dyn TokenRefresher> {
            Arc::new(ForeignLockInCell(ForeignLock::new(world), OnceCell::new()))
        };
        let found = no_properties().explore(build, &options, &mut |_| {}).conclusion;
        let is_noticed = matches!(found, Conclusion::Incomplete(Incomplete::UsedUnseen { .. }));
        assert!(is_noticed, "{found:?}");
    }
}

/// Waits for a foreign lock beside a double: whatever comes first.
struct ForeignLockBesideDouble(ForeignLock);

#[async_trait]
impl TokenRefresher for ForeignLockBesideDouble {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let ForeignLockBesideDouble(refresher) = self;
        let tokens = refresher.tokens.load(user).await.ok_or(AuthError::NotSignedIn)?;
        if !tokens.is_expired(refresher.clock.now()) {
            return Ok(tokens.access_token);
        }
        tokio::select! {
            biased;
            _guard = refresher.lock.lock() => refresher.refresh(user).await,
            _ = refresher.endpoint.refresh(&tokens.refresh_token) => Err(AuthError::NotSignedIn),
        }
    }
}

#[test]
fn a_foreign_lock_beside_a_double_is_no_proof() {
    for level in [Level::Lock, Level::Thread] {
        let options = Options { level, ..Options::default() };
        let build = |world: &World| -> Arc<dyn TokenRefresher> {
            Arc::new(ForeignLockBesideDouble(ForeignLock::new(world)))
        };
        let verdict = no_properties().explore(build, &options, &mut |_| {});
        let found = verdict.conclusion;
        let is_noticed = matches!(found, Conclusion::Incomplete(Incomplete::UsedUnseen { .. }));
        assert!(is_noticed, "{found:?}");
    }
}

/// `refresh/concurrent-callers`, of which nothing but an end is demanded.
fn no_properties() -> Scenario<dyn TokenRefresher> {
    let mut scenario = refresh::concurrent_callers(2);
    scenario.properties.clear();
    scenario.sometimes.clear();
    scenario
}

/// Takes a lock that is free and lets go of it at once: only who has to wait refreshes under it.
struct LockedWhenBusy(ForeignLock, Arc<Mutex<()>>);

#[async_trait]
impl TokenRefresher for LockedWhenBusy {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let LockedWhenBusy(refresher, lock) = self;
        let mut locked = Box::pin(lock.lock());
        let is_free = poll_fn(|cx| Poll::Ready(locked.as_mut().poll(cx).is_ready())).await;
        let _guard = if is_free { None } else { Some(locked.await) };
        refresher.refresh(user).await
    }
}

/// Where every operation is a step, none is free at its first poll. What level `await` finds then,
/// `lock` finds, however the search is run, and says where.
#[test]
fn what_shows_where_operations_are_at_once_is_found_at_level_lock() {
    /// Made where operations are steps.
    static OUTLIVES_WORLDS: LazyLock<Arc<Mutex<()>>> = LazyLock::new(Arc::default);
    type Build = fn(&World) -> Arc<dyn TokenRefresher>;

    let build: Build = |world| Arc::new(LockedWhenBusy(ForeignLock::new(world), Arc::default()));
    let outliving: Build =
        |world| Arc::new(LockedWhenBusy(ForeignLock::new(world), Arc::clone(&OUTLIVES_WORLDS)));
    let scenario = refresh::concurrent_callers(2);
    let [anything, by_object] = [Sharing::Anything, Sharing::SyncObjects];
    for (build, sharing, jobs) in [
        (outliving, anything, 1),
        (build, anything, 1),
        (build, anything, 2),
        (build, by_object, 1),
        (build, by_object, 2),
    ] {
        let options = Options { level: Level::Lock, sharing, jobs, ..Options::default() };
        let verdict = scenario.explore(build, &options, &mut |_| {});
        let text = report::verdict_text(&verdict);
        assert!(text.contains("\nshown    at level await, which level lock includes"), "{text}");
        let schedule = report::parse_schedule(&text).expect("it was just written");
        assert_eq!(schedule.level, Level::Await);
        let replayed = scenario.replay(build, &schedule).expect("it replays");
        let found = verdict.conclusion.violation().expect("it has a schedule");
        assert_eq!(report::violation_text(&replayed), report::violation_text(found));
    }
}

/// `refresh/flight-checked-then-registered` on a mutex of std's, which nobody ever waits for.
struct StdCheckThenRegister {
    refresher: ForeignLock,
    flights: std::sync::Mutex<BTreeMap<UserId, Flight>>,
}

impl StdCheckThenRegister {
    fn flights(&self) -> std::sync::MutexGuard<'_, BTreeMap<UserId, Flight>> {
        self.flights.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[async_trait]
impl TokenRefresher for StdCheckThenRegister {
    async fn access_token(&self, user: &UserId) -> Result<AccessToken, AuthError> {
        let running = self.flights().get(user).cloned();
        let flight = running.unwrap_or_default();
        self.flights().insert(user.clone(), Arc::clone(&flight));
        flight.get_or_try_init(|| self.refresher.refresh(user)).await.cloned()
    }
}

/// A known false pass: a lock that is not tokio's, or an operation of tokio's that is not async,
/// and that never makes anybody wait, is not noticed at any level. The verdict says so, in what it
/// calls unseen.
#[test]
fn a_std_lock_that_nobody_waits_for_is_not_noticed_but_named() {
    for (level, unseen) in [
        (Level::Lock, "blocking locks, atomics and whatever else does not await"),
        (Level::Thread, "locks and atomics that are not from authloom::sync"),
    ] {
        let options = Options { level, ..Options::default() };
        let build = |world: &World| -> Arc<dyn TokenRefresher> {
            let (refresher, flights) = (ForeignLock::new(world), std::sync::Mutex::default());
            Arc::new(StdCheckThenRegister { refresher, flights })
        };
        let verdict = refresh::concurrent_callers(2).explore(build, &options, &mut |_| {});
        let text = report::verdict_text(&verdict).replace("\n         ", " ");
        assert!(text.starts_with("proved") && text.contains(unseen), "{text}");
    }
}

#[test]
fn a_test_can_ask_for_a_level() {
    for &level in Level::ALL {
        refresh::concurrent_callers(2).prove_at(level, |world| {
            let (endpoint, tokens) = (world.token_endpoint(), world.token_store());
            FlightJoinedOrRegistered::new(endpoint, tokens, world.clock())
        });
    }
    let checked_only = |world: &World| {
        let (endpoint, tokens) = (world.token_endpoint(), world.token_store());
        FlightCheckedThenRegistered::new(endpoint, tokens, world.clock())
    };
    refresh::concurrent_callers(2).prove(checked_only);
    let asked = || refresh::concurrent_callers(2).prove_at(Level::Lock, checked_only);
    assert!(std::panic::catch_unwind(asked).is_err());
}
