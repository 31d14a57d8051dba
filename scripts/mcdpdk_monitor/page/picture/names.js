// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// Names come from the network: any length, any character.

// Controls, lone surrogates, and what turns the writing direction or takes no room, except what joins an emoji.
const UNPRINTABLE = /(?!\u200d\p{Extended_Pictographic})[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;
const MOST_MARKS = /(\p{M}{2})\p{M}+/gu;

const collator = new Intl.Collator("en", { numeric: true });
const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

// "m-9" before "m-10"; never 0 for two different names.
export function compareNatural(a, b) {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

export function printable(name) {
  return String(name).replace(UNPRINTABLE, "\u00b7").replace(MOST_MARKS, "$1");
}

// At most so many characters. The middle goes, because names differ at their ends.
export function elide(name, most) {
  const text = printable(name);
  if (text.length <= most)
    return text;
  const characters = Array.from(segmenter.segment(text.length > 1024 ? text.slice(0, 1024) : text), (s) => s.segment);
  if (characters.length <= most)
    return text;
  const head = Math.ceil((most - 1) * 0.6);
  const tail = Math.max(0, most - 1 - head);
  return `${characters.slice(0, head).join("")}\u2026${tail ? characters.slice(-tail).join("") : ""}`;
}
