import assert from "node:assert/strict";
import { test } from "node:test";
import { renderer, withoutHalfMark } from "./markdown";

const html = (text: string): string => renderer(number => (number <= 2 ? `/documents/d?page=${number}` : undefined))(text).map(block => block.html).join("");

test("marks of known sources are links, invented ones stay text", () => {
  assert.equal(html("Five days [1][2], or [9]."),
    '<p>Five days <a class="cite" data-cite="1" href="/documents/d?page=1">1</a><a class="cite" data-cite="2" href="/documents/d?page=2">2</a>, or [9].</p>\n');
});

test("a link whose text is a number stays a link", () => {
  assert.match(html("[1](https://example.com)"), /<a href="https:\/\/example.com" rel="noopener nofollow" target="_blank">1<\/a>/);
});

test("raw html is shown, never run", () => {
  for (const attack of ["<img src=x onerror=alert(1)>", "a <script>alert(1)</script> b", "<svg/onload=alert(1)>", "<!-- x -->"]) {
    assert.doesNotMatch(html(attack), /<(?:img|script|svg|!)/);
  }
});

test("links go to http, https and mailto only", () => {
  for (const attack of ["[x](javascript:alert(1))", "[x](data:text/html,hi)", "[x](/api/auth/logout)", "[x](vbscript:y)"]) {
    assert.doesNotMatch(html(attack), /<a /);
  }
  assert.match(html("[x](mailto:a@example.com)"), /href="mailto:a@example.com"/);
});

test("images are links, so that nothing is loaded unasked", () => {
  assert.equal(html("![secret](https://example.com/x.png?q=1)"),
    '<p><a href="https://example.com/x.png?q=1" rel="noopener nofollow" target="_blank">secret</a></p>\n');
});

test("an address can't break out of its attribute", () => {
  assert.doesNotMatch(html('[x](https://example.com/"onmouseover="alert(1))'), /"onmouseover="/);
});

test("headings stand below the page's own", () => {
  assert.equal(html("## Title"), "<h3>Title</h3>\n");
  assert.deepEqual(html("# A\n\n### B\n\n# C\n\n## D").match(/<h\d/g), ["<h3", "<h4", "<h3", "<h4"]);
});

test("blocks that didn't change keep their html while the text grows", () => {
  const render = renderer(() => undefined);
  const [first] = render("One.\n\nTw");
  assert.deepEqual(render("One.\n\nTwo three")[0], first);
});

test("half a mark is held back", () => {
  assert.equal(withoutHalfMark("days [1"), "days ");
  assert.equal(withoutHalfMark("days ["), "days ");
  assert.equal(withoutHalfMark("days [1]"), "days [1]");
  assert.equal(withoutHalfMark("an [open"), "an [open");
});
