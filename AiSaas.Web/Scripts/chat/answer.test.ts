import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, reduce, textOf, waiting } from "./answer";
import { parsePart, type Part, type Source } from "./parts";

const source = (number: number): Part => ({
  type: "source-document",
  providerMetadata: { aisaas: { number, documentId: "d", documentName: "a.pdf", page: 1, start: 0, end: 5, text: "words", score: 1 } as Source },
});
const text = (delta: string, id = "t1"): Part => ({ type: "text-delta", id, delta });
const read = (parts: Part[], from: Answer = waiting): Answer => parts.reduce(reduce, from);

const whole: Part[] = [
  { type: "start", messageId: "m1" },
  { type: "data-stage", data: { stage: "searching", text: "Searching", ms: 48 } },
  source(1),
  { type: "start-step" },
  { type: "text-start", id: "t1" },
  text("Five "),
  text("days [1]."),
  { type: "text-end", id: "t1" },
  { type: "finish-step" },
  { type: "finish" },
];

test("deltas make the text, and finish completes it", () => {
  const answer = read(whole);
  assert.equal(textOf(answer), "Five days [1].");
  assert.equal(answer.status, "complete");
  assert.equal(answer.messageId, "m1");
  assert.equal(answer.stage?.ms, 48);
});

test("a replay after any position gives the same answer", () => {
  for (let cut = 0; cut <= whole.length; cut++) {
    assert.deepEqual(read(whole, read(whole.slice(0, cut))), read(whole));
  }
});

test("a reset keeps the broken-off text as discarded and drops what the step wrote", () => {
  const answer = read([
    ...whole.slice(0, 6),
    source(2),
    { type: "data-citation", id: "c0", data: { number: 1, verdict: "verified" } as never },
    { type: "reset-step", reason: "A worker died." },
  ]);
  assert.equal(textOf(answer), "");
  assert.deepEqual(answer.discarded, [{ text: "Five", reason: "A worker died." }]);
  assert.equal(answer.citations.size, 0);
  assert.deepEqual([...answer.sources.keys()], [1], "found before the step, so it stays");
});

test("a reset before any text discards nothing", () => {
  assert.deepEqual(read([...whole.slice(0, 5), { type: "reset-step" }]).discarded, []);
});

test("two resets are both told", () => {
  const again: Part[] = [{ type: "start-step" }, { type: "text-start", id: "t2" }, text("Six", "t2"), { type: "reset-step", reason: "Again." }];
  assert.deepEqual(read([...whole.slice(0, 6), { type: "reset-step", reason: "Once." }, ...again]).discarded.map(one => one.reason), ["Once.", "Again."]);
});

test("stopped and failed outlive finish", () => {
  assert.equal(read([...whole.slice(0, 7), { type: "abort" }, { type: "finish" }]).status, "stopped");
  const failed = read([{ type: "error", errorText: "Overloaded.", code: "chat:provider" }, { type: "finish" }]);
  assert.equal(failed.status, "failed");
  assert.equal(failed.error?.text, "Overloaded.");
});

test("a delta without its start opens a part, and parts keep their order", () => {
  assert.equal(textOf(read([text("a", "x"), text("b", "y"), text("c", "x")])), "ac\n\nb");
});

test("unknown parts change nothing and garbage is no part", () => {
  assert.equal(reduce(waiting, { type: "reasoning-start" } as never), waiting);
  assert.equal(parsePart("not json"), undefined);
  assert.equal(parsePart("[1]"), undefined);
  assert.equal(parsePart("null"), undefined);
  assert.deepEqual(parsePart('{"type":"finish"}'), { type: "finish" });
});
