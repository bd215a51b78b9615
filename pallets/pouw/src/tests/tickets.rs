//! `submit_ticket`: who, when, where, and what it earns. Malformed certificates are in [`super::malformed`].

use bcai_pouw_primitives::{transcript::work_of_ticket, ParamSet, U256};
use frame_support::{assert_noop, assert_ok, dispatch::Pays};
use sp_runtime::DispatchError;

use super::{
    matrices::{ranked_places, Matrices},
    *,
};
use crate::{mock::*, Error, Event, Targets, Tickets};

fn pending_credit(task: TaskId) -> u128 {
    match status(task) {
        Some(Status::Claimed(claim)) => claim.credit,
        other => panic!("not claimed: {other:?}"),
    }
}

#[test]
fn a_winning_ticket_is_free_and_adds_pending_credit() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = claimed(&matrices);
        let info =
            Pouw::submit_ticket(signed(WORKER), matrices.certificate(task, 1, 0, 1)).unwrap();
        assert_eq!(info.pays_fee, Pays::No);
        assert_eq!(
            events(),
            vec![Event::TicketAccepted {
                task,
                worker: WORKER,
                i: 1,
                j: 0,
                l: 1,
                ticket: matrices.ticket(task, &WORKER, 1, (1, 0, 1)),
                work: TICKET_WORK,
            }]
        );
        assert_ok!(Pouw::submit_ticket(
            signed(WORKER),
            matrices.certificate(task, 0, 1, 0)
        ));
        // Kept in ascending order.
        assert_eq!(
            Tickets::<Test>::get(task).into_inner(),
            vec![(0, 1, 0), (1, 0, 1)]
        );
        assert_eq!(pending_credit(task), 2 * TICKET_WORK);
        assert_eq!(Pouw::work_credit(&WORKER), 0);
    });
}

#[test]
fn a_ticket_wins_at_its_target_and_not_one_above() {
    for below in [0, 1] {
        build_and_execute(|| {
            let matrices = Matrices::small();
            let task = post(&matrices);
            let ticket = matrices.ticket(task, &WORKER, 1, (0, 0, 0));
            let target = ticket - U256::from(below);
            Targets::<Test>::insert(ParamSet::Set0, target);
            assert_ok!(Pouw::claim_task(signed(WORKER), task));
            next_block();
            let certificate = matrices.certificate(task, 0, 0, 0);
            if below == 1 {
                assert_noop!(
                    Pouw::submit_ticket(signed(WORKER), certificate),
                    Error::<Test>::TicketAboveTarget
                );
            } else {
                assert_ok!(Pouw::submit_ticket(signed(WORKER), certificate));
                assert_eq!(pending_credit(task), work_of_ticket(ParamSet::Set0, target));
            }
        });
    }
}

#[test]
fn a_losing_certificate_pays_its_fee() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = post(&matrices);
        Targets::<Test>::insert(ParamSet::Set0, U256::MAX >> 60);
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        next_block();
        let (_, (i, j, l)) = ranked_places(&matrices, task, &WORKER)[0];
        let refused =
            Pouw::submit_ticket(signed(WORKER), matrices.certificate(task, i, j, l)).unwrap_err();
        assert_eq!(refused.error, Error::<Test>::TicketAboveTarget.into());
        assert_eq!(refused.post_info.pays_fee, Pays::Yes);
        assert_eq!(refused.post_info.actual_weight, None);
    });
}

#[test]
fn a_ticket_counts_at_the_target_of_its_claim() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        Targets::<Test>::insert(ParamSet::Set0, U256::MAX >> 1);
        let task = claimed(&matrices);
        let (ticket, (i, j, l)) = ranked_places(&matrices, task, &WORKER)[0];
        assert!(
            ticket <= U256::MAX >> 1,
            "no winning ticket: change the seed"
        );
        Targets::<Test>::insert(ParamSet::Set0, U256::MAX >> 50);
        assert_ok!(Pouw::submit_ticket(
            signed(WORKER),
            matrices.certificate(task, i, j, l)
        ));
        assert_eq!(pending_credit(task), 2 * TICKET_WORK);
    });
}

#[test]
fn a_tile_earns_one_ticket_in_each_slab() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = claimed(&matrices);
        for (l, tickets) in [(1, 1), (0, 2)] {
            let certificate = matrices.certificate(task, 0, 1, l);
            assert_ok!(Pouw::submit_ticket(signed(WORKER), certificate.clone()));
            assert_noop!(
                Pouw::submit_ticket(signed(WORKER), certificate),
                Error::<Test>::TicketAlreadySubmitted
            );
            assert_eq!(pending_credit(task), tickets * TICKET_WORK);
        }
        assert_eq!(
            Tickets::<Test>::get(task).into_inner(),
            vec![(0, 1, 0), (0, 1, 1)]
        );
    });
}

#[test]
fn a_ticket_submitted_already_is_refused_before_the_rest_of_its_certificate_is_read() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = claimed(&matrices);
        let mut certificate = matrices.certificate(task, 0, 0, 0);
        assert_ok!(Pouw::submit_ticket(signed(WORKER), certificate.clone()));
        certificate.piece_a = Default::default();
        assert_noop!(
            Pouw::submit_ticket(signed(WORKER), certificate.clone()),
            Error::<Test>::TicketAlreadySubmitted
        );
        certificate.l = 1;
        assert_noop!(
            Pouw::submit_ticket(signed(WORKER), certificate.clone()),
            Error::<Test>::LengthOfA
        );
        // And after its sender.
        certificate.l = 0;
        assert_noop!(
            Pouw::submit_ticket(signed(OTHER), certificate),
            Error::<Test>::NotTheWorker
        );
    });
}

#[test]
fn a_claim_earns_a_limited_number_of_tickets() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = claimed(&matrices);
        for (i, j, l) in [(0, 0, 1), (0, 1, 0), (1, 0, 0)] {
            assert_ok!(Pouw::submit_ticket(
                signed(WORKER),
                matrices.certificate(task, i, j, l)
            ));
        }
        assert_noop!(
            Pouw::submit_ticket(signed(WORKER), matrices.certificate(task, 1, 1, 0)),
            Error::<Test>::TooManyTickets
        );
    });
}

#[test]
fn only_the_worker_submits_tickets() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = claimed(&matrices);
        for who in [REQUESTER, OTHER] {
            assert_noop!(
                Pouw::submit_ticket(signed(who), matrices.certificate(task, 0, 0, 0)),
                Error::<Test>::NotTheWorker
            );
        }
        assert_noop!(
            Pouw::submit_ticket(RuntimeOrigin::none(), matrices.certificate(task, 0, 0, 0)),
            DispatchError::BadOrigin
        );
    });
}

#[test]
fn tickets_wait_for_the_anchor() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = post(&matrices);
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        let certificate = matrices.certificate(task, 0, 0, 0);
        assert_noop!(
            Pouw::submit_ticket(signed(WORKER), certificate.clone()),
            Error::<Test>::AnchorNotKnown
        );
        next_block();
        assert_ok!(Pouw::submit_ticket(signed(WORKER), certificate));
    });
}

#[test]
fn tickets_need_a_claimed_task() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let ticket =
            |task| Pouw::submit_ticket(signed(WORKER), matrices.certificate(task, 0, 0, 0));
        assert_noop!(ticket(0), Error::<Test>::UnknownTask);
        let task = post(&matrices);
        assert_noop!(ticket(task), Error::<Test>::TaskNotClaimed);
        let task = delivered(&matrices, &matrices.product());
        assert_noop!(ticket(task), Error::<Test>::TaskAlreadyDelivered);
        to_block(11);
        assert_ok!(Pouw::finalize_task(signed(OTHER), task));
        assert_noop!(ticket(task), Error::<Test>::TaskAlreadyFinalized);
    });
}

#[test]
fn tickets_are_taken_up_to_the_last_block_of_the_claim() {
    // Claimed in block 1: expires after block 11.
    for (block, taken) in [(10, true), (11, true), (12, false)] {
        build_and_execute(|| {
            let matrices = Matrices::small();
            let task = claimed(&matrices);
            to_block(block);
            let certificate = matrices.certificate(task, 0, 0, 0);
            if taken {
                assert_ok!(Pouw::submit_ticket(signed(WORKER), certificate));
            } else {
                assert_noop!(
                    Pouw::submit_ticket(signed(WORKER), certificate),
                    Error::<Test>::ClaimLapsed
                );
            }
        });
    }
}

#[test]
fn another_worker_or_another_claim_has_other_tickets() {
    build_and_execute(|| {
        let matrices = Matrices::small();
        let task = claimed(&matrices);
        let first = ranked_places(&matrices, task, &WORKER);
        // The claim lapses, then the same worker claims again.
        to_block(13);
        assert!(is_open(task));
        assert_ok!(Pouw::claim_task(signed(WORKER), task));
        next_block();
        let second = ranked_places(&matrices, task, &WORKER);
        assert!(first.iter().all(|ticket| !second.contains(ticket)));
        let other = matrices.ticket(task, &OTHER, 13, (0, 0, 0));
        assert_ne!(other, matrices.ticket(task, &WORKER, 13, (0, 0, 0)));
        // A tile that earned a ticket in the first claim may earn another in the second.
        assert_ok!(Pouw::submit_ticket(
            signed(WORKER),
            matrices.certificate(task, 0, 0, 0)
        ));
    });
}
