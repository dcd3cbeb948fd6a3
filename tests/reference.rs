//! The designs to copy: the reference client at each server whose policy is known, where no client
//! can be safe and where this one is; and the reference callback, whatever befalls it.

use std::sync::Arc;
use std::time::Duration;

use authloom::auth::{
    CallbackHandler, ReuseAnswer, Rotation, ServerPolicy, TokenRefresher, Window, World, presets,
};
use authloom::prove::{Bounds, Conclusion, Options, Scenario, Sharing, Verdict};
use authloom::report;
use authloom_models::callback::REFERENCE;
use authloom_models::refresh::Reference;
use authloom_scenarios::{callback, refresh};

/// The reference's lease and its client's deadline: so long can an answer be under way when another
/// process takes over.
const LEASE_AND_DEADLINE: Duration = Duration::from_secs(9);

fn explore(policy: ServerPolicy, bounds: Bounds) -> Verdict {
    let build = |world: &World| {
        Arc::new(Reference::new(
            world.token_endpoint(),
            world.shared_token_store(),
            world.clock(),
            world.lease_store(),
            world.spawner(),
        )) as Arc<dyn TokenRefresher>
    };
    let options = Options { jobs: 2, ..Options::default() };
    refresh::everything_at_once_at(policy, bounds).explore(build, &options, &mut |_| {})
}

/// Whether the server takes back a token whose answer was lost, once the lease has ended.
fn allows(policy: &ServerPolicy) -> bool {
    let forgives = policy.forgiven.iter().any(|rule| {
        rule.answer != ReuseAnswer::Error
            && match rule.window {
                Window::Time(length) => length > LEASE_AND_DEADLINE,
                Window::Count(count) => count > 0,
                Window::Unlimited => true,
            }
    });
    policy.rotation != Rotation::On || forgives
}

/// What befalls two processes: one thing at a time, and all but a fault; and all of it, one.
fn all_bounds() -> [Bounds; 7] {
    let (one, two) = (Bounds::callers(1), Bounds::callers(2));
    [
        two,
        Bounds { cancellations: 1, ..two },
        Bounds { crashes: 1, ..two },
        Bounds { clock_advances: 1, ..two },
        Bounds { faults: 1, ..two },
        Bounds { cancellations: 1, crashes: 1, clock_advances: 1, ..two },
        Bounds { cancellations: 1, faults: 1, crashes: 1, clock_advances: 1, ..one },
    ]
}

/// The presets that allow it, or those that do not, each with the bounds under which the reference
/// is not proved.
fn unproved(is_allowed: bool) -> Vec<(&'static str, Vec<(Bounds, Verdict)>)> {
    let chosen = presets::ALL.iter().filter(|(_, policy)| allows(policy) == is_allowed);
    let unproved = |policy: ServerPolicy| {
        let verdicts = all_bounds().map(|bounds| (bounds, explore(policy, bounds)));
        let is_open =
            |(_, verdict): &(Bounds, Verdict)| !matches!(verdict.conclusion, Conclusion::Proved);
        verdicts.into_iter().filter(is_open).collect()
    };
    chosen.map(|&(name, policy)| (name, unproved(policy))).collect()
}

#[test]
fn every_preset_is_among_all() {
    let source = include_str!("../harness/src/auth/presets.rs");
    let constants = source.lines().filter(|line| line.starts_with("pub const ")).count();
    assert_eq!(presets::ALL.len(), constants - 1);
}

#[test]
fn the_reference_is_proved_wherever_a_client_can_be_safe() {
    let presets = unproved(true);
    assert!(presets.len() > 1, "which presets allow it is not told apart any more");
    for (name, unproved) in presets {
        let texts: Vec<String> =
            unproved.iter().map(|(_, verdict)| report::verdict_text(verdict)).collect();
        assert!(texts.is_empty(), "{name}: {}", texts.join("\n"));
    }
}

/// Two callers, two processes, a cancellation, a fault, a crash and a clock advance, together.
#[test]
#[ignore = "a minute for each preset: cargo test --release --test reference -- --ignored"]
fn the_reference_is_proved_whatever_befalls_two_processes() {
    let all =
        Bounds { cancellations: 1, faults: 1, crashes: 1, clock_advances: 1, ..Bounds::callers(2) };
    for (name, policy) in presets::ALL.iter().filter(|(_, policy)| allows(policy)) {
        let verdict = explore(*policy, all);
        let text = report::verdict_text(&verdict);
        println!(
            "{name}: {} executions in {:.1} s",
            verdict.executions,
            verdict.elapsed.as_secs_f64()
        );
        assert!(matches!(verdict.conclusion, Conclusion::Proved), "{name}: {text}");
    }
}

/// There, an answer that is lost takes the session along: a spent token comes back, by fault, or
/// after time has passed. Whatever else befalls does not break it.
#[test]
fn where_nothing_is_forgiven_a_lost_answer_is_a_lost_session() {
    let presets = unproved(false);
    assert!(presets.len() > 1, "which presets allow it is not told apart any more");
    for (name, unproved) in presets {
        assert!(!unproved.is_empty(), "{name} allows it after all");
        for (bounds, verdict) in unproved {
            let text = report::verdict_text(&verdict);
            assert!(verdict.conclusion.violation().is_some(), "{name}: {text}");
            assert!(bounds.faults + bounds.clock_advances > 0, "{name}: {text}");
        }
    }
}

/// A browser that goes away, a process that crashes, an answer that is lost: one session all the
/// same, and no code twice. Who is refused for a lost answer logs in again.
#[test]
fn the_reference_callback_is_proved_whatever_befalls() {
    let scenarios: [Scenario<dyn CallbackHandler>; 5] = [
        callback::double_submit(2).with_cancellations(1),
        callback::retry_after_success(1).with_cancellations(1),
        callback::two_replicas(2).with_cancellations(1),
        callback::two_replicas(2).with_crashes(1),
        callback::everything_at_once(2).with_cancellations(1),
    ];
    for scenario in scenarios {
        let options = Options { sharing: Sharing::SyncObjects, ..Options::default() };
        let verdict = scenario.explore(REFERENCE.build, &options, &mut |_| {});
        let text = report::verdict_text(&verdict);
        assert!(matches!(verdict.conclusion, Conclusion::Proved), "{text}");
    }
}
