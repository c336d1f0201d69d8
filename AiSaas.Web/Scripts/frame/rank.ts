/** Orders by how well the words fit: beginnings before word starts before the middle; all words must occur. */
export function rank<T>(items: T[], words: string, text: (item: T) => string): T[] {
  const wanted = words.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (wanted.length === 0) {
    return items;
  }

  return items
    .map((item) => ({ item, score: score(text(item).toLowerCase(), wanted) }))
    .filter(({ score }) => score > 0)
    .sort((left, right) => right.score - left.score)
    .map(({ item }) => item);
}

function score(text: string, wanted: string[]): number {
  let total = 0;
  for (const word of wanted) {
    const at = text.indexOf(word);
    if (at < 0) {
      return 0;
    }

    total += at === 0 ? 3 : /[\s\-_./]/.test(text[at - 1] ?? "") ? 2 : 1;
  }

  return total;
}
