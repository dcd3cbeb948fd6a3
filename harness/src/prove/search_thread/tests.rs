//! Who is watched, and when they are given up.

use std::cell::Cell;

use super::*;

fn sight(is_busy: bool, steps: u64, position: usize) -> Sight {
    let counts = Snapshot {
        executions: 1,
        redundant: 0,
        impossible: 0,
        steps,
        probes: 0,
        estimated: None,
        positions: vec![position],
    };
    Sight { is_busy, counts }
}

/// One thread moves at each look, one rests, one stands still: it is given up for that one, with
/// its execution, though the others are well.
#[test]
fn a_thread_that_stands_still_is_noticed_beside_one_that_moves() {
    let (_sender, receiver) = mpsc::channel::<()>();
    let looks = Cell::new(0);
    let sights = || {
        looks.set(looks.get() + 1);
        vec![sight(false, 0, 7), sight(true, looks.get(), 8), sight(true, 5, 9)]
    };
    let given_up = watched(&receiver, Duration::from_millis(300), sights, &mut |_| {});
    let counts = given_up.expect_err("nothing was sent");
    assert_eq!(counts.positions, [9]);
    assert_eq!(counts.executions, 3);
}

/// Who rests may do so for as long as somebody moves.
#[test]
fn a_thread_that_rests_is_not_given_up() {
    let (sender, receiver) = mpsc::channel();
    let looks = Cell::new(0);
    let sights = || {
        looks.set(looks.get() + 1);
        if looks.get() == 6 {
            sender.send(()).expect("it is listened to");
        }
        vec![sight(false, 0, 7), sight(true, looks.get(), 8)]
    };
    assert_eq!(watched(&receiver, Duration::from_millis(150), sights, &mut |_| {}), Ok(()));
}
