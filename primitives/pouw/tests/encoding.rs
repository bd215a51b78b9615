//! What nodes and dApps read, to the byte and to the letter.

use bcai_pouw_primitives::Limits;
use codec::{Decode, Encode};

fn limits() -> Limits<u128, u32> {
    Limits {
        block_time_ms: 1_000,
        existential_deposit: 1_000_000_000,
        min_bounty: u128::MAX,
        min_task_duration: 60,
        max_task_duration: 604_800,
        claim_duration: 3_600,
        challenge_window: 30,
        max_tasks_per_requester: 64,
        max_claims_per_worker: 4,
        max_tickets_per_task: 128,
        max_listed: 256,
    }
}

#[test]
fn limits_are_pinned() {
    let bytes = limits().encode();
    assert_eq!(
        hex::encode(&bytes),
        concat!(
            "e803000000000000",
            "00ca9a3b000000000000000000000000",
            "ffffffffffffffffffffffffffffffff",
            "3c000000",
            "803a0900",
            "100e0000",
            "1e000000",
            "40000000",
            "04000000",
            "80000000",
            "00010000",
        )
    );
    assert_eq!(Limits::decode(&mut &bytes[..]), Ok(limits()));
}

mod json {
    use super::limits;
    use bcai_pouw_primitives::{Limits, ParamSet, TaskInfo, TaskState, U256};
    use serde_json::{from_value, json, to_value, Value};

    type Task = TaskInfo<String, u128, u32>;

    fn task(state: TaskState<String, u32>) -> Task {
        TaskInfo {
            id: 3,
            requester: "requester".into(),
            set: ParamSet::Set1,
            m: 8,
            n: 16,
            slabs: 4,
            root_a: [2; 32],
            root_b: [3; 32],
            bounty: u128::MAX,
            deadline: 9,
            state,
        }
    }

    /// A task's JSON with this state; also checks that it reads back.
    fn json_of(state: TaskState<String, u32>) -> Value {
        let task = task(state);
        let value = to_value(&task).unwrap();
        assert_eq!(from_value::<Task>(value.clone()).unwrap(), task);
        value
    }

    #[test]
    fn an_open_task() {
        assert_eq!(
            json_of(TaskState::Open),
            json!({
                "id": 3,
                "requester": "requester",
                "paramSet": 1,
                "m": 8,
                "n": 16,
                "slabs": 4,
                "rootA": format!("0x{}", "02".repeat(32)),
                "rootB": format!("0x{}", "03".repeat(32)),
                "bounty": "340282366920938463463374607431768211455",
                "deadline": 9,
                "state": { "status": "open" },
            })
        );
    }

    #[test]
    fn a_claimed_task_shows_its_target_as_a_big_endian_number() {
        let claimed = |anchor| TaskState::Claimed {
            worker: "worker".into(),
            claimed_at: 1,
            expires_at: 2,
            anchor,
            target: U256::from(255),
            tickets: vec![(0, 1, 2)],
        };
        assert_eq!(
            json_of(claimed(None))["state"],
            json!({
                "status": "claimed",
                "worker": "worker",
                "claimedAt": 1,
                "expiresAt": 2,
                "anchor": null,
                "target": format!("0x{}ff", "0".repeat(62)),
                "tickets": [[0, 1, 2]],
            })
        );
        assert_eq!(
            json_of(claimed(Some([0xaa; 32])))["state"]["anchor"],
            json!(format!("0x{}", "aa".repeat(32)))
        );
    }

    #[test]
    fn a_delivered_and_a_finalized_task() {
        let root_c = format!("0x{}", "0c".repeat(32));
        assert_eq!(
            json_of(TaskState::Delivered {
                worker: "worker".into(),
                root_c: [0x0c; 32],
                challenge_until: 7,
                tickets: 5,
            })["state"],
            json!({
                "status": "delivered",
                "worker": "worker",
                "rootC": root_c,
                "challengeUntil": 7,
                "tickets": 5,
            })
        );
        assert_eq!(
            json_of(TaskState::Finalized {
                worker: "worker".into(),
                root_c: [0x0c; 32],
                finalized_at: 8,
                credit: 1 << 100,
            })["state"],
            json!({
                "status": "finalized",
                "worker": "worker",
                "rootC": root_c,
                "finalizedAt": 8,
                "credit": "1267650600228229401496703205376",
            })
        );
    }

    #[test]
    fn limits_in_json() {
        let value = to_value(limits()).unwrap();
        assert_eq!(value["blockTimeMs"], json!(1_000));
        assert_eq!(value["existentialDeposit"], json!("1000000000"));
        assert_eq!(value["maxListed"], json!(256));
        assert_eq!(from_value::<Limits<u128, u32>>(value).unwrap(), limits());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refused = |path: &str, wrong: Value| {
            let mut value = to_value(task(TaskState::Open)).unwrap();
            value[path] = wrong;
            from_value::<Task>(value).unwrap_err().to_string()
        };
        assert_eq!(
            refused("bounty", json!("1e9")),
            "\"1e9\" is not a decimal number"
        );
        assert_eq!(
            refused("rootA", json!("0x02")),
            "\"0x02\" is not 0x and 64 hex digits"
        );
        assert_eq!(refused("paramSet", json!(2)), "there is no parameter set 2");
    }
}
