import assert from "node:assert/strict";
import { test } from "node:test";
import { type Keeper, QuestionQueue } from "./queue";

function memory(entries: Record<string, string> = {}): Keeper & { entries: Map<string, string> } {
  const map = new Map(Object.entries(entries));
  return {
    entries: map,
    getItem: key => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    removeItem: key => void map.delete(key),
  };
}

test("questions are asked in order and outlive a reload", () => {
  const keeper = memory();
  const queue = new QuestionQueue(keeper, "q");
  queue.add("first");
  queue.add("second");
  const reloaded = new QuestionQueue(keeper, "q");
  assert.equal(reloaded.take(), "first");
  assert.equal(reloaded.take(), "second");
  assert.equal(reloaded.take(), undefined);
  assert.equal(keeper.entries.size, 0);
});

test("one in the middle can be taken out", () => {
  const queue = new QuestionQueue(memory(), "q");
  ["a", "b", "c"].forEach(text => queue.add(text));
  assert.equal(queue.take(queue.questions[1]?.id), "b");
  assert.deepEqual(queue.questions.map(question => question.text), ["a", "c"]);
  assert.equal(queue.take(99), undefined);
});

test("a full queue refuses and broken storage is an empty queue", () => {
  const queue = new QuestionQueue(memory({ q: "{broken" }), "q");
  assert.equal(queue.questions.length, 0);
  for (let index = 0; index < 20; index++) {
    assert.equal(queue.add(String(index)), true);
  }
  assert.equal(queue.add("one too many"), false);
});

test("a new chat takes its queue along", () => {
  const keeper = memory();
  const queue = new QuestionQueue(keeper, "new");
  queue.add("a");
  queue.move("id");
  assert.deepEqual([...keeper.entries.keys()], ["id"]);
});
