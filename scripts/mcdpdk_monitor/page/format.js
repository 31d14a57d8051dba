// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// Numbers as people read them: three significant digits and SI prefixes. What is not known is a dash.

const UNKNOWN = "–";
const PREFIXES = ["", "k", "M", "G", "T", "P"];
const LEAST = 0.0005;

function isKnown(n) {
  return typeof n === "number" && Number.isFinite(n);
}

function threeDigits(n) {
  return String(Number(n.toPrecision(3)));
}

// [digits, prefix]; 999.9 is 1 k, not 1000.
function scaled(n) {
  let size = Math.abs(n) < LEAST ? 0 : Number(n.toPrecision(3));
  let step = 0;
  while (Math.abs(size) >= 1000 && step < PREFIXES.length - 1) {
    size /= 1000;
    step++;
  }
  return [threeDigits(size), PREFIXES[step]];
}

function withUnit(n, unit) {
  if (!isKnown(n))
    return UNKNOWN;
  const [digits, prefix] = scaled(n);
  return `${digits} ${prefix}${unit}`;
}

export function pps(n) {
  return withUnit(n, "pps");
}

export function bps(n) {
  return withUnit(n, "bit/s");
}

// Exact below 10,000.
export function count(n) {
  if (!isKnown(n))
    return UNKNOWN;
  if (Number.isInteger(n) && Math.abs(n) < 10000)
    return String(n).replace(/(\d)(\d{3})$/, "$1,$2");
  return withUnit(n, "").trim();
}

// The two largest units: "2 d 7 h", "1 min 15 s", "3.2 s", "120 µs".
export function duration(s) {
  if (!isKnown(s))
    return UNKNOWN;
  if (s < 0)
    return `-${duration(-s)}`;
  if (s < 1e-9)
    return "0 s";
  for (const [unit, size] of [["ns", 1e-9], ["µs", 1e-6], ["ms", 1e-3]])
    if (Number((s / size).toPrecision(3)) < 1000)
      return `${threeDigits(s / size)} ${unit}`;
  if (Number(s.toPrecision(3)) < 60)
    return `${threeDigits(s)} s`;
  const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const first = units.findIndex(([, size]) => Math.round(s) >= size);
  const [unit, size] = units[first];
  // Rounded to the second of the two units first, so that no "1 h 60 min" comes out.
  const [smaller, smallerSize] = units[first + 1] ?? units[first];
  const whole = Math.round(s / smallerSize) * smallerSize;
  const rest = (whole % size) / smallerSize;
  return rest ? `${Math.floor(whole / size)} ${unit} ${rest} ${smaller}` : `${Math.floor(whole / size)} ${unit}`;
}
