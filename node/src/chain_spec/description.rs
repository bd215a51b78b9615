//! A chain described in some lines of TOML, as `bcai-node chain-spec` takes it: names, keys, balances, parameters.
//!
//! It is written as a plain genesis and checked as every plain genesis is; what is wrong is told by its place and line in
//! the description.

use super::{account, builder, genesis, number, ChainSpec};
use sc_chain_spec::ChainType;
use sc_network::config::MultiaddrWithPeerId;
use serde::Deserialize;
use serde_json::{json, Map, Value};
use std::{collections::BTreeMap, ops::Range, path::Path};
use toml::Spanned;

/// The description. Its text is in `chain-specs/testnet.toml`, with a comment for each member.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    name: String,
    id: Spanned<String>,
    /// Live where nothing is said.
    #[serde(default)]
    chain_type: ChainType,
    #[serde(default)]
    boot_nodes: Vec<Spanned<String>>,
    #[serde(default)]
    validators: Vec<Spanned<Validator>>,
    #[serde(default)]
    balances: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    #[serde(default)]
    committee: Vec<Spanned<String>>,
    #[serde(default)]
    fast_periods: Option<Spanned<bool>>,
    #[serde(default)]
    parameters: BTreeMap<Spanned<String>, toml::Value>,
    #[serde(default)]
    targets: BTreeMap<Spanned<String>, Spanned<u8>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Validator {
    account: Spanned<String>,
    babe: Spanned<String>,
    grandpa: Spanned<String>,
}

/// The spec that the file describes, with this binary's runtime.
/// Errors: the first thing that is wrong, with its line, its place and what would be right.
pub fn read(path: &Path) -> Result<ChainSpec, String> {
    let file = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{file}: {error}"))?;
    spec(&text).map_err(|wrong| match wrong.at {
        Some(at) => format!("{file}:{}: {}", line(&text, at), wrong.reason),
        None => format!("{file}: {}", wrong.reason),
    })
}

/// What is wrong, and which bytes of the description it is in.
struct Wrong {
    reason: String,
    at: Option<Range<usize>>,
}

impl Wrong {
    fn at<T>(value: &Spanned<T>, reason: String) -> Self {
        let at = Some(value.span());
        Self { reason, at }
    }
}

/// Where a place of the genesis comes from.
struct Origin {
    genesis: String,
    here: String,
    at: Option<Range<usize>>,
}

/// What is gathered for the genesis, and from where.
#[derive(Default)]
struct Origins(Vec<Origin>);

impl Origins {
    fn note<T>(&mut self, genesis: &str, here: &str, value: &Spanned<T>) {
        self.0.push(Origin {
            genesis: genesis.into(),
            here: here.into(),
            at: Some(value.span()),
        });
    }

    /// An address of this chain, which the genesis has at this place.
    fn address(&mut self, genesis: &str, here: &str, typed: &Spanned<String>) -> Result<(), Wrong> {
        self.note(genesis, here, typed);
        account::read_own(typed.get_ref())
            .map(drop)
            .map_err(|reason| Wrong::at(typed, format!("{here}: `{}` {reason}", typed.get_ref())))
    }

    /// What the check of the genesis says, told of the description.
    fn translate(&self, error: &str) -> Wrong {
        let error = error
            .strip_prefix("genesis.runtimeGenesis.")
            .unwrap_or(error);
        let error = error.strip_prefix("patch.").unwrap_or(error);
        let of = self
            .0
            .iter()
            .filter(|origin| error.starts_with(&origin.genesis));
        match of.max_by_key(|origin| origin.genesis.len()) {
            Some(origin) => Wrong {
                reason: format!("{}{}", origin.here, &error[origin.genesis.len()..]),
                at: origin.at.clone(),
            },
            None => Wrong {
                reason: error.into(),
                at: None,
            },
        }
    }
}

fn spec(text: &str) -> Result<ChainSpec, Wrong> {
    let description: Description = toml::from_str(text).map_err(|error| Wrong {
        reason: error.message().replace('\n', " "),
        at: error.span(),
    })?;
    let mut origins = Origins::default();
    let mut plain = Map::new();
    plain.insert("patch".into(), patch(&description, &mut origins)?);
    genesis::check(&mut plain, true, &description.chain_type)
        .map_err(|error| origins.translate(&error))?;

    let boot_nodes = boot_nodes(&description)?;
    let builder = builder().map_err(|reason| Wrong { reason, at: None })?;
    Ok(builder
        .with_name(&description.name)
        .with_id(id(&description.id)?)
        .with_chain_type(description.chain_type)
        .with_boot_nodes(boot_nodes)
        .with_genesis_config_patch(plain.remove("patch").unwrap_or_default())
        .build())
}

fn patch(description: &Description, origins: &mut Origins) -> Result<Value, Wrong> {
    origins.0.push(Origin {
        genesis: "session.keys".into(),
        here: "validators".into(),
        at: None,
    });
    let mut keys = Vec::new();
    for (at, validator) in description.validators.iter().enumerate() {
        let (genesis, here) = (format!("session.keys[{at}]"), format!("validators[{at}]"));
        origins.note(&genesis, &here, validator);
        let Validator {
            account,
            babe,
            grandpa,
        } = validator.get_ref();
        for (genesis, name, typed) in [
            (format!("{genesis}[0]"), "account", account),
            (format!("{genesis}[2].babe"), "babe", babe),
            (format!("{genesis}[2].grandpa"), "grandpa", grandpa),
        ] {
            origins.address(&genesis, &format!("{here}.{name}"), typed)?;
        }
        let account = account.get_ref();
        keys.push(
            json!([account, account, {"babe": babe.get_ref(), "grandpa": grandpa.get_ref()}]),
        );
    }
    let mut balances = Vec::new();
    for (at, (who, amount)) in description.balances.iter().enumerate() {
        let (genesis, here) = (
            format!("balances.balances[{at}]"),
            format!("balances.{}", who.get_ref()),
        );
        origins.note(&genesis, &here, who);
        origins.address(&format!("{genesis}[0]"), &here, who)?;
        origins.note(&format!("{genesis}[1]"), &here, amount);
        let amount = tokens(amount.get_ref())
            .map_err(|reason| Wrong::at(amount, format!("{here}: {reason}")))?;
        balances.push(json!([who.get_ref(), amount.to_string()]));
    }
    for (at, member) in description.committee.iter().enumerate() {
        origins.address(
            &format!("technicalCommittee.members[{at}]"),
            &format!("committee[{at}]"),
            member,
        )?;
    }
    let committee: Vec<_> = description.committee.iter().map(Spanned::get_ref).collect();
    if let Some(fast) = &description.fast_periods {
        origins.note("origins.fastPeriods", "fast_periods", fast);
    }
    let mut parameters = Map::new();
    for (name, value) in &description.parameters {
        let here = format!("parameters.{}", name.get_ref());
        origins.note(
            &format!("origins.parameters.{}", name.get_ref()),
            &here,
            name,
        );
        // What is no number is named when the genesis is checked.
        parameters.insert(name.get_ref().clone(), json!(value));
    }
    let mut targets = Vec::new();
    for (set, bits) in &description.targets {
        let here = format!("targets.{}", set.get_ref());
        let number: u8 = set.get_ref().parse().map_err(|_| {
            Wrong::at(
                set,
                format!("{here}: the name is that of a parameter set, 0 or 1"),
            )
        })?;
        origins.note(&format!("pouw.targets[{}]", targets.len()), &here, set);
        targets.push(json!([number, bits.get_ref()]));
    }
    Ok(json!({
        "babe": {"epochConfig": bcai_runtime::EPOCH_CONFIGURATION},
        "balances": {"balances": balances},
        "session": {"keys": keys},
        "technicalCommittee": {"members": committee},
        "origins": {
            "fastPeriods": description.fast_periods.as_ref().is_some_and(|fast| *fast.get_ref()),
            "parameters": parameters,
        },
        "pouw": {"targets": targets},
    }))
}

/// The id of a chain is the name of its folder on every node's disk.
fn id(id: &Spanned<String>) -> Result<&str, Wrong> {
    let typed = id.get_ref();
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    match !typed.is_empty() && typed.chars().all(is_plain) {
        true => Ok(typed),
        false => Err(Wrong::at(
            id,
            format!("id: `{typed}` must be of small letters, digits, `_` and `-`"),
        )),
    }
}

fn boot_nodes(description: &Description) -> Result<Vec<MultiaddrWithPeerId>, Wrong> {
    let mut addresses = Vec::new();
    for (at, typed) in description.boot_nodes.iter().enumerate() {
        let address = typed.get_ref().parse().map_err(|error| {
            let example = "/dns/boot.example.org/tcp/30333/p2p/<peer id>";
            Wrong::at(
                typed,
                format!(
                    "boot_nodes[{at}]: `{}` is no address as {example}: {error}",
                    typed.get_ref()
                ),
            )
        })?;
        addresses.push(address);
    }
    Ok(addresses)
}

/// An amount in the smallest unit, of one in BCAI.
fn tokens(value: &toml::Value) -> Result<u128, String> {
    match value {
        toml::Value::Integer(whole) => number::tokens(&whole.to_string()),
        toml::Value::String(typed) => number::tokens(typed),
        other => Err(format!(
            "{other} must be digits, in quotes where there is a fraction: \"0.5\""
        )),
    }
}

/// The number of the line, from 1.
fn line(text: &str, at: Range<usize>) -> usize {
    text.bytes()
        .take(at.start)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use bcai_runtime::{AccountId, BCAI, SS58_PREFIX};
    use sp_core::crypto::{Ss58AddressFormat, Ss58Codec};
    use sp_keyring::Sr25519Keyring::Alice;

    const TEMPLATE: &str = include_str!("../../../chain-specs/testnet.toml");

    fn address(seed: u8) -> String {
        AccountId::new([seed; 32]).to_ss58check_with_version(Ss58AddressFormat::custom(SS58_PREFIX))
    }

    /// The template with one validator, whose keys nobody has.
    fn filled_in() -> String {
        TEMPLATE
            .replace("ADDRESS OF THE SR25519 KEY", &address(2))
            .replace("ADDRESS OF THE ED25519 KEY", &address(3))
            .replace("\"ADDRESS\"", &format!("\"{}\"", address(1)))
    }

    /// What is said of a description, with the number of its line.
    #[track_caller]
    fn refusal(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chain.toml");
        std::fs::write(&path, text).unwrap();
        let refusal = read(&path).err().expect("a refusal");
        assert_eq!(refusal.lines().count(), 1, "{refusal}");
        let place = format!("{}:", path.display());
        refusal.strip_prefix(&place).unwrap_or(&refusal).to_string()
    }

    /// The number of the line that has this text, in what is filled in.
    fn line_of(part: &str) -> usize {
        let text = filled_in();
        1 + text.lines().position(|line| line.contains(part)).unwrap()
    }

    #[test]
    fn a_description_becomes_a_genesis() {
        let text = filled_in();
        let description: Description = toml::from_str(&text).unwrap();
        let patch = patch(&description, &mut Origins::default()).ok().unwrap();
        let (account, babe, grandpa) = (address(1), address(2), address(3));
        assert_eq!(
            patch["session"]["keys"],
            json!([[account, account, {"babe": babe, "grandpa": grandpa}]])
        );
        let endowment = (1_000_000 * BCAI).to_string();
        assert_eq!(patch["balances"]["balances"], json!([[account, endowment]]));
        assert_eq!(patch["technicalCommittee"]["members"], json!([account]));
        assert_eq!(patch["origins"]["fastPeriods"], json!(false));
        assert_eq!(
            patch["origins"]["parameters"],
            json!({"pouw.ChallengeWindow": 1800})
        );
        assert_eq!(patch["pouw"]["targets"], json!([[1, 10]]));
        assert_eq!(description.chain_type, ChainType::Live);
    }

    #[test]
    fn the_template_itself_is_not_yet_a_chain() {
        let reason = refusal(TEMPLATE);
        assert!(
            reason.contains("validators[0].account: `ADDRESS` is no address"),
            "{reason}"
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_its_place() {
        let alice = Alice.to_account_id();
        let generic = alice.to_ss58check_with_version(Ss58AddressFormat::custom(42));
        let here = alice.to_ss58check_with_version(Ss58AddressFormat::custom(SS58_PREFIX));
        let (account, babe, grandpa) = (address(1), address(2), address(3));
        let babe_line = format!("babe = \"{babe}\"");
        let balance = format!("\"{account}\" = 1_000_000");
        let second = format!(
            "[[validators]]\naccount = \"{}\"\nbabe = \"{babe}\"\ngrandpa = \"{}\"\n\n[balances]",
            address(4),
            address(5),
        );
        for (from, to, at, reason) in [
            // Form.
            ("name = ", "nam = ", "name = ", "unknown field `nam`"),
            ("name = \"BCAI Testnet\"", "name = BCAI", "name = ", ""),
            ("id = \"bcai_testnet\"", "id = \"../x\"", "id = ", "id: `../x` must be of small letters"),
            ("chain_type = \"Live\"", "chain_type = \"Test\"", "chain_type = ", "unknown variant `Test`"),
            ("boot_nodes = []", "boot_nodes = [\"/ip4/x\"]", "boot_nodes = ", "boot_nodes[0]: `/ip4/x` is no address"),
            // Keys.
            (babe_line.as_str(), &format!("babe = \"{generic}\""), "babe = ", &format!("validators[0].babe: `{generic}` has the prefix of any network: here the same account is {here}")),
            (&babe_line, &format!("babe = \"{here}\""), "babe = ", &format!("validators[0].babe: `{here}` is a development key")),
            (&babe_line, "babe = \"0x12\"", "babe = ", "validators[0].babe: `0x12` is no address"),
            (&babe_line, "", "[[validators]]", "missing field `babe`"),
            // The second is below the first.
            ("[balances]", &second, "[balances]", &format!("validators[1]: {} has the babe key of another entry", address(4))),
            // Balances.
            (&balance, &format!("\"{account}\" = 0"), "= 1_000_000", ""),
            (&balance, &format!("\"{account}\" = 0.5"), "= 1_000_000", "must be digits, in quotes where there is a fraction"),
            (&balance, &format!("\"{account}\" = \"0.1234567890123\""), "= 1_000_000", "has more than 12 digits after the point"),
            (&balance, &format!("\"{account}\" = -1"), "= 1_000_000", "`-1` is no amount"),
            (&balance, &format!("\"{account}\" = \"0.0000000001\""), "= 1_000_000", &format!("balances.{account}")),
            (&balance, &format!("{balance}\n{balance}"), "= 1_000_000", "duplicate key"),
            (&balance, &format!("\"{here}\" = 1"), "= 1_000_000", &format!("balances.{here}: `{here}` is a development key")),
            // The rest.
            ("committee = [", &format!("committee = [\"{grandpa}\", \"{grandpa}\", "), "committee = ", "committee[1]: "),
            ("\"pouw.ChallengeWindow\" = 1800", "\"pouw.ChallengeWindow\" = 1", "\"pouw.ChallengeWindow\"", "parameters.pouw.ChallengeWindow: pouw.ChallengeWindow is 1"),
            ("\"pouw.ChallengeWindow\" = 1800", "\"pouw.ChallengeWindow\" = \"x\"", "\"pouw.ChallengeWindow\"", "parameters.pouw.ChallengeWindow: "),
            ("\"pouw.ChallengeWindow\" = 1800", "\"pouw.Window\" = 1", "\"pouw.ChallengeWindow\"", "parameters.pouw.Window: there is no parameter"),
            ("1 = 10", "0 = 10", "1 = 10", "targets.0: parameter set 0 is for development"),
            ("1 = 10", "7 = 10", "1 = 10", "targets.7: no parameter set 7"),
            ("1 = 10", "one = 10", "1 = 10", "targets.one: the name is that of a parameter set"),
            ("1 = 10", "1 = 250", "1 = 10", "targets.1: set 1 has a target of 250 zero bits"),
            ("committee = ", "fast_periods = true\ncommittee = ", "committee = ", "fast_periods: periods of seconds are for chains that give funds to development keys"),
        ] {
            let text = filled_in();
            assert!(text.contains(from), "{from}");
            let said = refusal(&text.replacen(from, to, 1));
            assert!(said.contains(reason), "{from} -> {to}: {said}");
            let line: usize = said.split(':').next().unwrap().parse().unwrap();
            let more = to.lines().count().saturating_sub(from.lines().count());
            let right = line_of(at)..=line_of(at) + more;
            assert!(right.contains(&line), "{from} -> {to}: {said}");
        }
    }

    #[test]
    fn a_chain_needs_validators() {
        let text = filled_in();
        let begin = text.find("[[validators]]").unwrap();
        let end = text.find("# In BCAI").unwrap();
        let reason = refusal(&format!("{}{}", &text[..begin], &text[end..]));
        assert!(reason.contains("validators has 0 entries"), "{reason}");
    }

    #[test]
    fn an_unreadable_description_is_named() {
        let reason = read(Path::new("no-such-chain.toml")).err().unwrap();
        assert!(
            reason.starts_with("no-such-chain.toml: No such file"),
            "{reason}"
        );
    }
}
