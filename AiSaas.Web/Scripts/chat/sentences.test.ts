import assert from "node:assert/strict";
import { test } from "node:test";
import { Sentences } from "./sentences";

test("only whole sentences are spoken, each once", () => {
  const sentences = new Sentences();
  assert.equal(sentences.take("A refund takes"), "");
  assert.equal(sentences.take("A refund takes five days. It st"), "A refund takes five days.");
  assert.equal(sentences.take("A refund takes five days. It starts [1]. "), "It starts.");
  assert.equal(sentences.take("A refund takes five days. It starts [1]. End", true), "End");
});

test("every way of cutting the stream speaks the same words", () => {
  const text = "First, **this**. Then [1] that!\n\n- a list\n- of 3.5 items\n\nThe end";
  const at = (cuts: number[]): string => {
    const sentences = new Sentences();
    const heard = [...cuts.map(cut => sentences.take(text.slice(0, cut))), sentences.take(text, true)];
    return heard.join(" ").replace(/\s+/g, " ").trim();
  };
  const once = at([]);
  for (let cut = 1; cut < text.length; cut++) {
    assert.equal(at([cut]), once);
  }
  assert.equal(at([...text].map((_, index) => index)), once);
});

test("a restarted answer is spoken from its start", () => {
  const sentences = new Sentences();
  sentences.take("Old words. ");
  assert.equal(sentences.take("New. "), "New.");
});
