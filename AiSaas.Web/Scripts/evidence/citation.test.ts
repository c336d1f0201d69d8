import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, waiting } from "../chat/answer";
import type { Citation, Source } from "../chat/parts";
import { EvidenceOfMarks } from "./citation";

const cited = (number: number, quote: string): Citation => ({ number, quote, verdict: "verified" }) as Citation;
const answer = (finished: boolean, citations: [string, Citation][]): Answer => ({
  ...waiting, finished, citations: new Map(citations), sources: new Map([[1, { number: 1 } as Source], [2, { number: 2 } as Source]]),
});
const keys = (of: Answer, marks: number[]): (string | undefined)[] => {
  const evidence = new EvidenceOfMarks(of);
  return marks.map(number => evidence.next(number)?.key);
};

test("the k-th mark of a number belongs to the k-th citation with that number", () => {
  const all: [string, Citation][] = [["c0", cited(1, "a")], ["c1", cited(2, "b")], ["c2", cited(1, "c")]];
  assert.deepEqual(keys(answer(true, all), [1, 2, 1]), ["c0", "c1", "c2"]);
});

test("a mark that isn't checked yet leads to its passage", () => {
  assert.deepEqual(keys(answer(false, [["c0", cited(1, "a")]]), [1, 1, 2]), ["c0", "s1", "s2"]);
});

test("once the answer is over, further marks share the last citation, and an invented number has nothing", () => {
  assert.deepEqual(keys(answer(true, [["c0", cited(1, "a")]]), [1, 1, 9]), ["c0", "c0", undefined]);
});
