import assert from 'node:assert/strict';
import { test } from 'node:test';
import './typescript.mjs';

const { endOf, macsOf, merged, ofTask, steps } = await import('../src/pages/tasks/life.ts');
const { intervals, mean } = await import('../src/pages/overview/intervals.ts');
const { threshold } = await import('../src/pages/validators/load.ts');
const { numbers, shown } = await import('../src/ui/pager.tsx');

const event = (block, method, data = {}) => ({ block, section: 'pouw', method, data: { task: 3, ...data } });

test('tickets that follow each other are one step, with their work added up', () => {
  const life = steps([
    event(1, 'TaskPosted'), event(2, 'TaskClaimed'),
    event(3, 'TicketAccepted', { work: 10n }), event(3, 'TicketAccepted', { work: 20n }), event(5, 'TicketAccepted', { work: 30n }),
    event(6, 'ResultDelivered'),
  ]);
  assert.deepEqual(life.map(({ name, block, to, count, work }) => [name, block, to, count, work]), [
    ['Posted', 1, undefined, 1, 0n], ['Claimed', 2, undefined, 1, 0n], ['Tickets accepted', 3, 5, 3, 60n], ['Delivered', 6, undefined, 1, 0n],
  ]);
});

test('what was found and what was heard is told once, in order', () => {
  const found = [event(1, 'TaskPosted'), event(5, 'TaskClaimed')];
  const heard = [event(5, 'TaskClaimed'), event(6, 'TicketAccepted'), event(6, 'TicketAccepted')];
  assert.deepEqual(merged(found, heard).map(({ block, method }) => `${block} ${method}`), ['1 TaskPosted', '5 TaskClaimed', '6 TicketAccepted', '6 TicketAccepted']);
});

test('only events of the task itself count', () => {
  assert.equal(ofTask([event(1, 'TaskPosted', { task: 4 }), { ...event(1, 'Transfer'), section: 'balances' }, { block: 1, section: 'pouw', method: 'BeneficiarySet', data: {} }], 3).length, 0);
  assert.equal(ofTask([event(1, 'TaskPosted')], 3).length, 1);
});

test('a task that is gone has ended as its events say', () => {
  assert.equal(endOf([event(1, 'TaskPosted'), event(9, 'TaskExpired')]), 'expired');
  assert.equal(endOf([event(9, 'TaskCancelled')]), 'cancelled');
  assert.equal(endOf([event(8, 'TaskFinalized'), event(9, 'ResultForgotten')]), 'finalized');
  assert.equal(endOf([]), 'gone');
});

test('the work of a task is all of its products', () => {
  assert.equal(macsOf({ m: 1 << 20, n: 1 << 20, slabs: 8 }, 4_096), (1n << 40n) * 32_768n);
});

test('the pace comes from blocks that follow each other, without the genesis', () => {
  const blocks = [{ number: 5, time: 9_000 }, { number: 4, time: 8_000 }, { number: 2, time: 3_000 }, { number: 1, time: 1_000 }, { number: 0, time: 0 }];
  assert.deepEqual(intervals(blocks), [{ number: 2, milliseconds: 2_000 }, { number: 5, milliseconds: 1_000 }]);
  assert.equal(mean(intervals(blocks)), 1_500);
  assert.equal(mean([]), undefined);
});

test('a block is final with the votes of all but a third', () => {
  assert.deepEqual([1, 2, 3, 4, 7, 100].map(threshold), [1, 2, 3, 3, 5, 67]);
});

test('lists are paged from the newest on', () => {
  assert.deepEqual(numbers(shown(3, 50)), [2, 1, 0]);
  assert.deepEqual(shown(120, 50), { from: 70, to: 120, next: 120 });
  assert.deepEqual(shown(120, 50, 70), { from: 20, to: 70, next: 120 });
  assert.deepEqual(numbers(shown(0, 50)), []);
});
