//! Everything that may befall a refresh, at once: two processes with one store, a caller that goes
//! away, a failing call, a crash, time that passes.
//!
//! The clock goes on by as much as a lease of five seconds lives: an answer can take longer than
//! the lease, and who comes after a crash finds the lease ended. A server that forgives has to do
//! so for longer than that; one that forgives nothing is looked at with a clock that goes on by the
//! four seconds after which a client gives up.

use std::sync::Arc;
use std::time::Duration;

use authloom::auth::{Event, Outcome, ServerPolicy, TokenRefresher, UserId, presets};
use authloom::property::{
    LINEAGE_NEVER_GOES_BACK, NO_CROSSED_PRINCIPALS, REJECTION_DELETES_ONLY_ITS_OWN,
    REUSE_NEVER_DETECTED, SIGNED_IN_STAYS_SIGNED_IN, Sometimes,
};
use authloom::prove::{Bounds, Scenario};
use authloom::world::Fault;

const PROCESSES: [&str; 3] = ["process-1", "process-2", "process-3"];

const LEASE: Duration = Duration::from_secs(5);
const DEADLINE: Duration = Duration::from_secs(4);

/// A server with a grace period of half a minute.
///
/// # Panics
/// With no callers or with more than three.
pub fn everything_at_once(callers: usize) -> Scenario<dyn TokenRefresher> {
    everything_at_once_at(presets::OKTA, callers)
}

/// The same, at a server with any policy that forgives for longer than nine seconds.
///
/// # Panics
/// With no callers or with more than three.
pub fn everything_at_once_at(policy: ServerPolicy, callers: usize) -> Scenario<dyn TokenRefresher> {
    let (name, summary) = (
        "refresh/everything-at-once",
        "two processes; a caller goes away and time passes, at a server with grace",
    );
    let scenario = at_a_server(name, summary, policy, LEASE, Fault::ALL, callers);
    scenario.with_cancellations(1)
}

/// A server that forgives nothing, and nothing is lost: no process crashes, and the one fault says
/// that nothing was done.
///
/// # Panics
/// With no callers or with more than three.
pub fn everything_but_loss(callers: usize) -> Scenario<dyn TokenRefresher> {
    let (name, summary) = (
        "refresh/everything-but-loss",
        "two processes, and no answer is lost, at a server that forgives nothing",
    );
    let kinds = &[Fault::TooManyRequests];
    let scenario = at_a_server(name, summary, presets::ATPROTO, DEADLINE, kinds, callers);
    scenario.with_faults(1).with_cancellations(1)
}

/// A server that forgives nothing, and the process crashes.
///
/// # Panics
/// With no callers or with more than three.
pub fn loss_without_grace(callers: usize) -> Scenario<dyn TokenRefresher> {
    let (name, summary) = (
        "refresh/loss-without-grace",
        "the process crashes and time passes, at a server that forgives nothing",
    );
    let scenario = at_a_server(name, summary, presets::ATPROTO, LEASE, Fault::ALL, callers);
    scenario.with_crashes(1)
}

/// One caller in each of several processes wants a token of the same user, which has ended, at a
/// server with a policy; the clock goes on by so much. A caller may be told to try again later.
fn at_a_server(
    name: &'static str,
    summary: &'static str,
    policy: ServerPolicy,
    clock_advance: Duration,
    faults: &'static [Fault],
    callers: usize,
) -> Scenario<dyn TokenRefresher> {
    assert!((1..=PROCESSES.len()).contains(&callers), "1 to {} callers", PROCESSES.len());
    Scenario {
        name,
        summary,
        bounds: Bounds { clock_advances: 1, ..Bounds::callers(callers) },
        properties: vec![
            REUSE_NEVER_DETECTED,
            SIGNED_IN_STAYS_SIGNED_IN,
            REJECTION_DELETES_ONLY_ITS_OWN,
            LINEAGE_NEVER_GOES_BACK,
            NO_CROSSED_PRINCIPALS,
        ],
        sometimes: vec![Sometimes {
            name: "every caller gets a token",
            shown: |moment| {
                let got = |event: &Event| matches!(event, Event::Returned(Outcome::Token { .. }));
                let entries = moment.ledger.entries().iter();
                entries.filter(|entry| got(&entry.event)).count() >= moment.callers()
            },
        }],
        stage: Arc::new(move |stage| {
            let user = UserId::new("alice");
            stage.world().server().set_policy(policy);
            stage.world().server().log_in_expired(&user);
            stage.faults_are(faults);
            stage.clock_advances_by(clock_advance);
            for name in &PROCESSES[..callers] {
                let user = user.clone();
                stage.process(move |process| {
                    let (world, refresher) = (process.world().clone(), process.instance());
                    let user = user.clone();
                    process.caller(name, async move {
                        let _ = world.ask_for_token(&*refresher, &user).await;
                    });
                });
            }
        }),
    }
}
