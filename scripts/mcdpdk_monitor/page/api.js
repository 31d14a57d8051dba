// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// Asks the monitor below api/; mcdpdk-monitor(8) describes the documents.

const TOKEN = "mcdpdk-monitor token";
const TIMEOUT_MS = 10000;

// Kept for this tab only. A browser may forbid to keep anything.
let token = "";
try {
  token = sessionStorage.getItem(TOKEN) ?? "";
} catch { /* It has to be entered again after a reload. */ }

export class Problem extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

export function setToken(text) {
  token = text;
  try {
    sessionStorage.setItem(TOKEN, text);
  } catch { /* as above */ }
}

export function hasToken() {
  return token !== "";
}

// Parts of a path are names from the network.
export async function ask(parts, query = {}) {
  const chosen = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const path = `api/${parts.map(encodeURIComponent).join("/")}?${new URLSearchParams(chosen)}`;
  let answer, body;
  try {
    answer = await fetch(path, {
      headers: token ? { Authorization: `Bearer ${token}` } : {},
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    body = await answer.json();
  } catch (error) {
    throw new Problem(0, error.name === "TimeoutError" ? "the monitor does not answer" :
      error instanceof SyntaxError ? "the monitor's answer cannot be understood" : "the monitor cannot be reached");
  }
  if (!answer.ok)
    throw new Problem(answer.status, String(body?.error ?? answer.status));
  return body;
}
