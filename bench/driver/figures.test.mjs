import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences, median, summary } from './figures.mjs';

test('the median of an even number of timings is the middle of the middle two', () =>
{
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([9, 1, 5]), 5);
});

test('counts must be equal even when they are large and come as text', () =>
{
  assert.deepEqual(differences({ n_rows: '9007199254740993' }, { n_rows: '9007199254740993' }, 1e-9), []);
  assert.equal(differences({ n_rows: '9007199254740993' }, { n_rows: '9007199254740992' }, 1e-9).length, 1);
});

test('sums may differ by the tolerance and not by more', () =>
{
  assert.deepEqual(differences({ sum: '100.00' }, { sum: 100.00000001 }, 1e-9), []);
  assert.equal(differences({ sum: '100.00' }, { sum: 100.000001 }, 1e-9).length, 1);
  assert.equal(differences({ sum: 0 }, { sum: NaN }, 1e-9).length, 1);
});

test('a figure only one side gives is a difference', () =>
{
  assert.equal(differences({ sum: 1, n: 1 }, { sum: 1 }, 1e-9).length, 1);
  assert.equal(differences({ sum: 1 }, { sum: 1, n: null }, 1e-9).length, 1);
});

test('the summary keeps the worst memory and the middle time', () =>
{
  const run = (seconds, peak_rss_kb) => ({ seconds, cpu_seconds: seconds, peak_rss_kb, checks: {} });
  const got = summary([run(3, 10), run(1, 30), run(2, 20)]);
  assert.equal(got.seconds.median, 2);
  assert.equal(got.peak_rss_kb, 30);
});
