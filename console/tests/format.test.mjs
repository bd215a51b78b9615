import assert from 'node:assert/strict';
import { test } from 'node:test';
import './typescript.mjs';

const { amount, parseAmount, percent, scaled, short, span } = await import('../src/ui/format.ts');

test('amounts are cut, never rounded up, and something is never shown as nothing', () => {
  assert.equal(amount(1_234_567_899_999_999_999n, 12), '1,234,567.8999');
  assert.equal(amount(10n ** 12n, 12), '1');
  assert.equal(amount(0n, 12), '0');
  assert.equal(amount(1n, 12), '< 0.0001');
  assert.equal(amount(-25n * 10n ** 11n, 12), '-2.5');
  assert.equal(amount(7n, 0), '7');
  assert.equal(amount(1_000_000_000_001n, 12, 12), '1.000000000001');
});

test('what is typed is an amount to the last digit, or refused with the value', () => {
  assert.equal(parseAmount('12.5', 12), 12_500_000_000_000n);
  assert.equal(parseAmount(' 1,000 ', 12), 1_000_000_000_000_000n);
  assert.equal(parseAmount('0.000000000001', 12), 1n);
  assert.throws(() => parseAmount('0.0000000000001', 12), /'0\.0000000000001' has more than 12 digits/);
  for (const wrong of ['', '-1', '1.', '.5', '1e3', 'ten']) assert.throws(() => parseAmount(wrong, 12), /is no amount/, wrong);
});

test('time spans have two units, the larger first', () => {
  assert.deepEqual([0, 400, 1_000, 59_900, 61_000, 3_600_000, 90_061_000].map(span), ['0 s', '0 s', '1 s', '1 min', '1 min 1 s', '1 h', '1 d 1 h']);
  assert.equal(span(-5_000), '0 s');
});

test('small shares keep a digit that says something', () => {
  assert.deepEqual([0, 1, 0.5, 0.10049, 0.0123, 0.00004].map(percent), ['0 %', '100 %', '50 %', '10 %', '1.23 %', '< 0.01 %']);
});

test('large numbers have three digits and a prefix', () => {
  assert.deepEqual([0, 999, 1_000, 99_960, 16_777_216n, 1.06e9].map(scaled), ['0', '999', '1 k', '100 k', '16.8 M', '1.06 G']);
});

test('what is short stays whole', () => {
  assert.equal(short('0x12345678'), '0x12345678');
  assert.equal(short('bhquHDRJDaeEh1hr8XFNY272Q2fp73eRMWeUXqHfFN2qwA5xc'), 'bhquHD…qwA5xc');
});
