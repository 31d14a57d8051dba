// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// By hand: node --experimental-default-type=module --test scripts/mcdpdk_monitor/page/test/

import assert from "node:assert/strict";
import test from "node:test";

import { bps, count, duration, pps } from "../format.js";

test("what is not known is a dash", () => {
  for (const n of [null, undefined, NaN, Infinity])
    assert.deepEqual([pps(n), bps(n), count(n), duration(n)], ["–", "–", "–", "–"]);
});

test("a rate has three digits and a prefix, also where rounding reaches the next one", () => {
  assert.deepEqual([0, 0.5, 12345, 45e6, 999.9, 999999].map(pps),
    ["0 pps", "0.5 pps", "12.3 kpps", "45 Mpps", "1 kpps", "1 Mpps"]);
  assert.equal(bps(45e6), "45 Mbit/s");
});

test("a count is exact below 10,000", () => {
  assert.deepEqual([7, 1234, 9999, 12345].map(count), ["7", "1,234", "9,999", "12.3 k"]);
});

test("a duration is told in its two largest units and none of them overflows", () => {
  assert.deepEqual([1.2e-4, 0.9999, 59.99, 75, 119.7, 3599.6, 7199, 86399.9, 200000].map(duration),
    ["120 µs", "1 s", "1 min", "1 min 15 s", "2 min", "1 h", "2 h", "1 d", "2 d 8 h"]);
});
