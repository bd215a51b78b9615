//! The threads of one stage of work: a caller-given number of them, at low priority when asked, stopped between units.

use bcai_roles::{lower_priority, thread_name};
use std::sync::{
    atomic::{AtomicBool, AtomicUsize, Ordering},
    Mutex, PoisonError,
};

/// Who does the work, and when it must stop.
#[derive(Copy, Clone)]
pub struct Team<'a> {
    /// How many threads; zero counts as one.
    pub threads: usize,
    /// Whether the threads step behind everything else on the machine: block authoring must never wait for mining.
    pub low_priority: bool,
    /// Stops the work soon after it is set.
    pub cancel: Option<&'a AtomicBool>,
}

impl Team<'_> {
    /// A team at normal priority that nobody stops.
    pub const fn of(threads: usize) -> Self {
        Self {
            threads,
            low_priority: false,
            cancel: None,
        }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancel.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// Runs `work` once in every thread of the team, with a `next` that hands out the unit numbers below `units`.
    /// `None` when cancelled before every unit was handed out.
    fn run(
        &self,
        units: usize,
        work: impl Fn(&mut dyn FnMut() -> Option<usize>) + Sync,
    ) -> Option<()> {
        let counter = AtomicUsize::new(0);
        // Remembered here: the caller may have cleared its flag by the end.
        let stopped = AtomicBool::new(false);
        let turn = || {
            work(&mut || {
                if self.is_cancelled() {
                    stopped.store(true, Ordering::Relaxed);
                    return None;
                }
                Some(counter.fetch_add(1, Ordering::Relaxed)).filter(|unit| *unit < units)
            })
        };
        let threads = self.threads.clamp(1, units.max(1));
        if threads == 1 && !self.low_priority {
            turn();
        } else {
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    let work = || {
                        if self.low_priority {
                            lower_priority();
                        }
                        turn();
                    };
                    // By its name the node knows that its panic is not the node's own end.
                    let thread = std::thread::Builder::new().name(thread_name("kernel"));
                    if thread.spawn_scoped(scope, work).is_err() {
                        // The system has no thread left: this one does the work.
                        turn();
                    }
                }
            });
        }
        (!stopped.into_inner()).then_some(())
    }

    /// Hands the numbers below `units` to `work`, each once. `None` when cancelled.
    pub fn each<S>(
        &self,
        units: usize,
        state: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, usize) + Sync,
    ) -> Option<()> {
        self.run(units, |next| {
            let mut state = state();
            while let Some(unit) = next() {
                work(&mut state, unit);
            }
        })
    }

    /// Hands `data` to `work` in chunks of `len` with their numbers; the last may be shorter. `None` when cancelled.
    pub fn each_chunk<T: Send, S>(
        &self,
        data: &mut [T],
        len: usize,
        state: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, usize, &mut [T]) + Sync,
    ) -> Option<()> {
        let len = len.max(1);
        let units = data.len().div_ceil(len);
        let chunks = Mutex::new(data.chunks_mut(len).enumerate());
        self.run(units, |next| {
            let mut state = state();
            while next().is_some() {
                let chunk = chunks.lock().unwrap_or_else(PoisonError::into_inner).next();
                if let Some((number, chunk)) = chunk {
                    work(&mut state, number, chunk);
                }
            }
        })
    }
}

/// Processor time that this process has spent, all threads together; `None` where the system doesn't tell.
pub fn processor_time() -> Option<std::time::Duration> {
    #[cfg(unix)]
    {
        let mut time = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: writes the one `timespec` that it is given.
        let failed = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
        (failed == 0).then(|| std::time::Duration::new(time.tv_sec as u64, time.tv_nsec as u32))
    }
    #[cfg(not(unix))]
    {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_handed_out_exactly_once() {
        for threads in [0, 1, 2, 5] {
            let seen: Vec<AtomicUsize> = (0..100).map(|_| AtomicUsize::new(0)).collect();
            let team = Team {
                low_priority: threads == 2,
                ..Team::of(threads)
            };
            team.each(
                100,
                || (),
                |_, unit| {
                    seen[unit].fetch_add(1, Ordering::Relaxed);
                },
            )
            .unwrap();
            assert!(seen.iter().all(|n| n.load(Ordering::Relaxed) == 1));
        }
    }

    #[test]
    fn every_chunk_is_written_under_its_own_number() {
        let mut data = vec![0usize; 103];
        Team::of(3)
            .each_chunk(&mut data, 10, || (), |_, number, chunk| chunk.fill(number))
            .unwrap();
        assert!(data
            .iter()
            .enumerate()
            .all(|(at, number)| at / 10 == *number));
    }

    #[test]
    fn a_cancelled_team_stops_and_says_so() {
        let cancel = AtomicBool::new(false);
        let team = Team {
            cancel: Some(&cancel),
            ..Team::of(2)
        };
        let done = AtomicUsize::new(0);
        let ended = team.each(
            1_000_000,
            || (),
            |_, _| {
                if done.fetch_add(1, Ordering::Relaxed) == 10 {
                    cancel.store(true, Ordering::Relaxed);
                }
            },
        );
        assert_eq!(ended, None);
        assert!(done.load(Ordering::Relaxed) < 1_000_000);
    }

    #[test]
    fn a_team_that_stopped_early_says_so_when_the_flag_is_cleared_again() {
        let cancel = AtomicBool::new(false);
        let team = Team {
            cancel: Some(&cancel),
            ..Team::of(1)
        };
        // Dropped when the thread's turn is over.
        struct Clear<'a>(&'a AtomicBool);
        impl Drop for Clear<'_> {
            fn drop(&mut self) {
                self.0.store(false, Ordering::Relaxed);
            }
        }
        let ended = team.each(
            2,
            || Clear(&cancel),
            |clear, _| clear.0.store(true, Ordering::Relaxed),
        );
        assert!(!cancel.load(Ordering::Relaxed));
        assert_eq!(ended, None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn low_priority_is_that_of_the_team_and_not_of_the_caller() {
        // SAFETY: takes integers only.
        let nice = || unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
        let before = nice();
        let inside = AtomicUsize::new(0);
        let team = Team {
            low_priority: true,
            ..Team::of(1)
        };
        team.each(
            1,
            || (),
            |_, _| inside.store(nice() as usize, Ordering::Relaxed),
        )
        .unwrap();
        assert_eq!(inside.load(Ordering::Relaxed), 19);
        assert_eq!(nice(), before);
    }
}
