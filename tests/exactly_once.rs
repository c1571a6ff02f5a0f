//! Exactly once, on a real Kafka, seen by a reader from another stack, whatever happens to daemon and broker.

use std::time::Duration;

use fastrand::Rng;

use crate::harness::broker::Broker;
use crate::harness::daemon::Daemon;
use crate::harness::load::{Load, Written};
use crate::harness::oracle::{Line, check};
use crate::harness::wait_until;

const PARTITIONS: i32 = 6;
/// Time for a daemon to get through what a test wrote.
const DRAIN_LIMIT: Duration = Duration::from_mins(2);

fn total(written: &Written) -> i64 {
    i64::try_from(written.values().map(Vec::len).sum::<usize>()).unwrap()
}

/// Waits until everything written is done with; starts a daemon anew that asks for it.
fn drain(broker: &Broker, line: &Line, written: &Written, daemons: &mut [(Daemon, String)]) {
    wait_until("everything is decided", DRAIN_LIMIT, || {
        keep_running(daemons);
        line.committed(broker) == total(written)
    });
}

/// What a supervisor does: exit codes 69 and 75 ask to be started again; no other is expected.
fn keep_running(daemons: &mut [(Daemon, String)]) {
    for (daemon, settings) in daemons {
        if let Some(code) = daemon.exit_code() {
            assert!([69, 75].contains(&code), "exit code {code}: {}", daemon.log());
            *daemon = Daemon::spawn(settings);
        }
    }
}

/// Writes so many declarations in small portions while something is done to the daemons.
fn under_load<T>(load: &mut Load, portions: usize, disturb: impl FnOnce() -> T + Send) -> T
where
    T: Send,
{
    std::thread::scope(|scope| {
        let disturbed = scope.spawn(disturb);
        for _ in 0..portions {
            load.declarations(100);
            load.flush();
            // The load is to last as long as the disturbance, not to be as fast as it can.
            std::thread::sleep(Duration::from_millis(40));
        }
        while !disturbed.is_finished() {
            load.declarations(20);
            // As above.
            std::thread::sleep(Duration::from_millis(20));
        }
        disturbed.join().unwrap()
    })
}

#[test]
fn every_record_has_its_outcome_poison_too() {
    let broker = Broker::shared();
    let line = Line::create(broker, "poison", PARTITIONS);
    let mut load = Load::new(broker, &line.declarations, PARTITIONS, 1);
    for _ in 0..5 {
        load.declarations(10_000);
        load.poison();
    }
    let written = load.finish();
    let mut daemon = Daemon::spawn(&line.settings(broker, "0"));
    wait_until("everything is decided", DRAIN_LIMIT, || {
        assert_eq!(daemon.exit_code(), None);
        line.committed(broker) == total(&written)
    });
    check(broker, &line, &written);
    daemon.terminate();
    assert_eq!(daemon.wait(Duration::from_secs(10)).0, 0);
}

#[test]
fn killed_at_random_moments() {
    const KILLS: u32 = 12;
    let broker = Broker::shared();
    let line = Line::create(broker, "killed", PARTITIONS);
    let mut load = Load::new(broker, &line.declarations, PARTITIONS, 2);
    let settings = line.settings(broker, "0");
    let mut rng = Rng::with_seed(2);
    under_load(&mut load, 20, || {
        for _ in 0..KILLS {
            let before = line.committed(broker);
            let daemon = Daemon::spawn(&settings);
            wait_until("the daemon is at work", DRAIN_LIMIT, || line.committed(broker) > before);
            // A random moment is the point.
            std::thread::sleep(Duration::from_millis(rng.u64(0..300)));
            daemon.kill();
        }
    });
    let written = load.finish();
    let mut daemons = [(Daemon::spawn(&settings), settings.clone())];
    drain(broker, &line, &written, &mut daemons);
    check(broker, &line, &written);
}

#[test]
fn one_of_two_is_killed_and_comes_back() {
    const KILLS: u32 = 5;
    let broker = Broker::shared();
    let line = Line::create(broker, "two", PARTITIONS);
    let mut load = Load::new(broker, &line.declarations, PARTITIONS, 3);
    let (a, b) = (line.settings(broker, "a"), line.settings(broker, "b"));
    let mut stays = Daemon::spawn(&a);
    stays.wait_ready();
    let mut rng = Rng::with_seed(3);
    let goes = under_load(&mut load, 20, || {
        for _ in 0..KILLS {
            let mut goes = Daemon::spawn(&b);
            goes.wait_ready();
            // A random moment is the point.
            std::thread::sleep(Duration::from_millis(rng.u64(0..300)));
            goes.kill();
        }
        Daemon::spawn(&b)
    });
    let written = load.finish();
    drain(broker, &line, &written, &mut [(stays, a), (goes, b)]);
    check(broker, &line, &written);
}

#[test]
fn the_broker_stops_and_starts() {
    let mut broker = Broker::start_apart();
    let line = Line::create(&broker, "outage", PARTITIONS);
    let settings = line.settings(&broker, "0");
    let mut load = Load::new(&broker, &line.declarations, PARTITIONS, 4);
    // Kept until the check is through, so that a failure shows the log.
    let mut daemons = [(Daemon::spawn(&settings), settings)];
    for take_down in [Broker::stop, Broker::kill] {
        let before = line.committed(&broker);
        load.declarations(20_000);
        load.flush();
        wait_until("the daemon is at work", DRAIN_LIMIT, || {
            keep_running(&mut daemons);
            line.committed(&broker) > before
        });
        take_down(&mut broker);
        broker.start_again();
    }
    load.declarations(2_000);
    let written = load.finish();
    drain(&broker, &line, &written, &mut daemons);
    check(&broker, &line, &written);
}

#[test]
fn frozen_beyond_its_session_and_resumed() {
    let broker = Broker::shared();
    let line = Line::create(broker, "frozen", PARTITIONS);
    let mut load = Load::new(broker, &line.declarations, PARTITIONS, 5);
    let (a, b) = (line.settings(broker, "a"), line.settings(broker, "b"));
    let mut frozen = Daemon::spawn(&a);
    frozen.wait_ready();
    let mut other = Daemon::spawn(&b);
    other.wait_ready();
    under_load(&mut load, 20, || {
        frozen.freeze();
        wait_until("the other has taken over", DRAIN_LIMIT, || {
            other.metric("parcelgate_assigned_partitions") == Some(f64::from(PARTITIONS))
        });
        frozen.resume();
    });
    let written = load.finish();
    // A zombie would show as a decision twice; this one joins anew or ends with 75.
    drain(broker, &line, &written, &mut [(frozen, a), (other, b)]);
    check(broker, &line, &written);
}

#[test]
fn asked_to_stop_under_load() {
    let broker = Broker::shared();
    let line = Line::create(broker, "stop", PARTITIONS);
    let settings = line.settings(broker, "0");
    let mut load = Load::new(broker, &line.declarations, PARTITIONS, 6);
    let mut daemon = Daemon::spawn(&settings);
    daemon.wait_ready();
    let (code, took) = under_load(&mut load, 10, || {
        wait_until("the daemon is at work", DRAIN_LIMIT, || line.committed(broker) > 0);
        daemon.terminate();
        daemon.wait(Duration::from_secs(30))
    });
    assert_eq!(code, 0, "{}", daemon.log());
    assert!(took < Duration::from_secs(10), "{took:?}, longer than [shutdown] deadline_ms");
    let written = load.finish();
    drain(broker, &line, &written, &mut [(Daemon::spawn(&settings), settings.clone())]);
    check(broker, &line, &written);
}
