// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// The page's colours, from the custom properties of its style sheet.

const FALLBACK = {
  bg: "#f7f8fa", surface: "#ffffff", text: "#1c2430", muted: "#66707f", line: "#d5dae2", accent: "#2f6fde",
  rx: "#0b7a8f", tx: "#7a4fd0", good: "#23824a", warn: "#b06c00", bad: "#c8322f", select: "#d6336c",
};

export function readColours(element) {
  const style = getComputedStyle(element);
  const colours = { font: style.fontFamily || "sans-serif" };
  for (const [name, fallback] of Object.entries(FALLBACK))
    colours[name] = style.getPropertyValue(`--${name}`).trim() || fallback;
  return colours;
}
