// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// By hand: node --experimental-default-type=module --test scripts/mcdpdk_monitor/page/test/

import assert from "node:assert/strict";
import test from "node:test";

import { layout, regionsOf, ring, Stadium } from "../picture/layout.js";
import { compareNatural, elide, printable } from "../picture/names.js";

const WIDE = { width: 1200, height: 700, hubRadius: 56 };
const PHONE = { width: 360, height: 560, hubRadius: 44 };

function member(i, subnet = 0, encap = "gre") {
  return { name: `m-${i}`, address: `10.0.${subnet}.${i % 250}`, encap };
}

function crowd(count, subnets) {
  return Array.from({ length: count }, (_, i) => member(i, Math.floor(i * subnets / count)));
}

function moved(before, after) {
  return [...before.places].filter(([name, { x, y }]) => {
    const now = after.places.get(name);
    return now && Math.hypot(now.x - x, now.y - y) > 0.001;
  }).length;
}

test("a place on the ring is found again, on each piece of a wide and of a tall one", () => {
  for (const isWide of [true, false]) {
    const stadium = new Stadium(150, isWide, 200);
    for (let u = 5; u < stadium.length; u += 17)
      for (const d of [120, 200, 260]) {
        const { x, y } = stadium.at(u, d);
        const found = stadium.locate(x, y);
        assert.ok(Math.abs(found.u - u) < 1e-6 && Math.abs(found.d - d) < 1e-6, `${u} ${d}: ${found.u} ${found.d}`);
      }
  }
});

test("the ring starts at the bottom and goes clockwise", () => {
  const stadium = new Stadium(100, true, 200);
  assert.ok(stadium.at(0, 200).y > 199);
  assert.ok(stadium.at(stadium.length / 4, 200).x < -299);
  assert.ok(stadium.at(stadium.length / 2, 200).y < -199);
});

test("regions are subnets with their encapsulation, in numerical order", () => {
  const labels = regionsOf([{ name: "a", address: "10.0.10.1", encap: "l2" },
    { name: "b", address: "10.0.9.1", encap: "l2" }, { name: "c", address: "10.0.9.2", encap: "gre" },
    { name: "d", address: "fd00:0:0:1::5", encap: "gre" },
    { name: "e", address: "?", encap: "gre" }]).map(({ label }) => label);
  assert.deepEqual(labels, ["10.0.9.0/24 · gre", "10.0.9.0/24 · l2", "10.0.10.0/24 · l2", "fd00:0:0:1::/64 · gre",
    "other · gre"]);
});

test("thousands of subnets become a few regions and nobody is lost", () => {
  const members = Array.from({ length: 5000 }, (_, i) =>
    ({ name: `m-${i}`, address: `${10 + i % 90}.${i % 200}.${Math.floor(i / 20)}.7`, encap: "amt" }));
  const regions = regionsOf(members);
  assert.ok(regions.length <= 36, `${regions.length}`);
  assert.equal(regions.reduce((sum, region) => sum + region.members.length, 0), 5000);
  assert.equal(layout(members, WIDE).places.size, 5000);
});

test("everybody stands inside of the canvas, outside of the hub and in a place of its own", () => {
  for (const area of [WIDE, PHONE])
    for (const [count, subnets] of [[1, 1], [2, 2], [10, 3], [60, 5], [61, 5], [1000, 9], [5000, 22]]) {
      const { places } = layout(crowd(count, subnets), area);
      assert.equal(places.size, count);
      const seen = new Set();
      for (const { x, y } of places.values()) {
        assert.ok(Math.abs(x) < area.width / 2 && Math.abs(y) < area.height / 2, `${count}: ${x} ${y}`);
        assert.ok(Math.hypot(x, y) > area.hubRadius + 20);
        seen.add(`${x.toFixed(2)} ${y.toFixed(2)}`);
      }
      assert.equal(seen.size, count);
    }
});

test("the same members have the same places, in whatever order they come", () => {
  const members = crowd(300, 4);
  assert.equal(moved(layout(members, WIDE), layout([...members].reverse(), WIDE)), 0);
});

test("who leaves a crowd moves nobody, and who joins takes the free place", () => {
  const members = crowd(1000, 9);
  const before = layout(members, WIDE);
  const others = members.filter(({ name }) => name !== "m-300");
  const less = layout(others, WIDE, before);
  assert.equal(moved(before, less), 0);
  const again = layout([...others, { ...member(300, 2), name: "new" }], WIDE, less);
  assert.equal(moved(less, again), 0);
  assert.deepEqual(again.places.get("new"), before.places.get("m-300"));
});

test("the hubs of a domain do not touch", () => {
  for (const count of [2, 5, 16]) {
    const { places, radius } = ring(count, PHONE);
    places.forEach((a, i) => places.slice(i + 1).forEach((b) =>
      assert.ok(Math.hypot(a.x - b.x, a.y - b.y) > 2 * radius, `${count}`)));
  }
});

test("names sort as people count and no two are the same", () => {
  assert.deepEqual(["m-10", "m-9", "m-1"].sort(compareNatural), ["m-1", "m-9", "m-10"]);
  assert.notEqual(compareNatural("m-01", "m-1"), 0);
});

test("a long or strange name becomes a short one that can be drawn", () => {
  assert.equal(elide("x".repeat(127), 10).length, 10);
  assert.equal(printable("a\u202eb\u0007\nc"), "a·b··c");
  assert.equal(elide("👩‍👩‍👧‍👦".repeat(3), 3), "👩‍👩‍👧‍👦".repeat(3));
  assert.equal(elide("tokyo-edge-relay-0017", 12), "tokyo-e…0017");
});
