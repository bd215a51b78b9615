import assert from 'node:assert/strict';
import { test } from 'node:test';
import './typescript.mjs';

const { approvalOf, shareOf, supportOf, threshold } = await import('../src/pages/governance/curves.ts');
const { standing } = await import('../src/pages/governance/standing.ts');
const { originOf } = await import('../src/pages/governance/tracks.ts');

const near = (value, expected) => assert.ok(Math.abs(value - expected) < 1e-6, `${value}, not ${expected}`);

test('a linear curve falls evenly and stays at its floor', () => {
  const curve = { kind: 'linear', length: 0.5, floor: 0.1, ceil: 0.5 };
  near(threshold(curve, 0), 0.5);
  near(threshold(curve, 0.25), 0.3);
  near(threshold(curve, 0.5), 0.1);
  near(threshold(curve, 1), 0.1);
});

test('a stepped curve falls at the end of each period', () => {
  const curve = { kind: 'stepped', begin: 0.8, end: 0.3, step: 0.2, period: 0.25 };
  near(threshold(curve, 0.2499), 0.8);
  near(threshold(curve, 0.25), 0.6);
  near(threshold(curve, 0.74), 0.4);
  near(threshold(curve, 1), 0.3);
});

test('a reciprocal curve is no share above one', () => {
  // 0.1 / (x + 0.1) - 0.05: of 0 it is 0.95, of 0.9 it is 0.05.
  const curve = { kind: 'reciprocal', factor: 0.1, xOffset: 0.1, yOffset: -0.05 };
  near(threshold(curve, 0), 0.95);
  near(threshold(curve, 0.9), 0.05);
  near(threshold({ ...curve, yOffset: 0.5 }, 0), 1);
});

test('shares of amounts that no number holds are exact', () => {
  near(shareOf(10n ** 30n, 4n * 10n ** 30n), 0.25);
  assert.equal(shareOf(1n, 0n), 0);
  near(approvalOf({ ayes: 3n, nays: 1n, support: 9n }), 0.75);
  assert.equal(approvalOf({ ayes: 0n, nays: 0n, support: 0n }), 0);
  near(supportOf({ ayes: 0n, nays: 0n, support: 5n * 10n ** 20n }, 10n ** 21n), 0.5);
});

const track = {
  prepare: 5, decision: 60, confirm: 5,
  approval: { kind: 'linear', length: 1, floor: 0.5, ceil: 1 },
  support: { kind: 'linear', length: 1, floor: 0, ceil: 0.5 },
};
const ongoing = { submitted: 100, hasDecisionDeposit: true, inQueue: false, tally: { ayes: 80n, nays: 20n, support: 25n } };
const at = (change, head) => standing({ ...ongoing, ...change }, track, head, 100n, 120);

test('the stage says what comes next, and when', () => {
  assert.deepEqual([at({ hasDecisionDeposit: false }, 101).stage, at({ hasDecisionDeposit: false }, 101).until], ['undeposited', 220]);
  assert.deepEqual([at({}, 101).stage, at({}, 101).until], ['preparing', 105]);
  assert.deepEqual([at({ inQueue: true }, 101).stage, at({ inQueue: true }, 101).until], ['queued', undefined]);
  assert.deepEqual([at({ decidingSince: 105 }, 110).stage, at({ decidingSince: 105 }, 110).until], ['deciding', 165]);
  assert.deepEqual([at({ decidingSince: 105, confirmedAt: 150 }, 148).stage, at({ decidingSince: 105, confirmedAt: 150 }, 148).until], ['confirming', 150]);
});

test('it passes when both curves have fallen to what there is, not when one has', () => {
  // Approval 0.8 is enough from x = 0.4, support 0.25 from x = 0.5.
  assert.equal(at({ decidingSince: 105 }, 105 + 23).passing, false);
  assert.equal(at({ decidingSince: 105 }, 105 + 27).passing, false);
  assert.equal(at({ decidingSince: 105 }, 105 + 30).passing, true);
  assert.equal(at({ decidingSince: 105, tally: { ayes: 1n, nays: 99n, support: 90n } }, 105 + 30).passing, false);
  near(at({ decidingSince: 105 }, 105 + 15).approvalNeeded, 0.875);
  // The end of the decision is the end of the curves.
  near(at({ decidingSince: 105 }, 500).x, 1);
});

test('a proposal speaks with the origin of its track', () => {
  assert.deepEqual(originOf({ name: 'root' }), { system: 'Root' });
  assert.deepEqual(originOf({ name: 'whitelisted_caller' }), { Origins: 'WhitelistedCaller' });
});
