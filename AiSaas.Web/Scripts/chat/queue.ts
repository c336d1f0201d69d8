/** Questions asked while an answer streams. They wait above the composer and survive a reload. */
export interface Queued {
  id: number;
  text: string;
}

export interface Keeper {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

// More than anybody lines up by hand; keeps a stuck key from filling the storage.
const most = 20;

export class QuestionQueue {
  #questions: Queued[] = [];
  #next = 1;

  constructor(private readonly keeper: Keeper, private key: string) {
    this.#questions = read(keeper, key).map(text => ({ id: this.#next++, text }));
  }

  get questions(): readonly Queued[] {
    return this.#questions;
  }

  /** False when the queue is full. */
  add(text: string): boolean {
    if (this.#questions.length >= most) {
      return false;
    }
    this.#questions.push({ id: this.#next++, text });
    this.#save();
    return true;
  }

  /** Takes out the question with that id, or the first. */
  take(id?: number): string | undefined {
    const at = id === undefined ? 0 : this.#questions.findIndex(question => question.id === id);
    const [taken] = at < 0 ? [] : this.#questions.splice(at, 1);
    this.#save();
    return taken?.text;
  }

  /** A new chat got its id. */
  move(key: string): void {
    this.keeper.removeItem(this.key);
    this.key = key;
    this.#save();
  }

  #save(): void {
    if (this.#questions.length === 0) {
      this.keeper.removeItem(this.key);
    } else {
      this.keeper.setItem(this.key, JSON.stringify(this.#questions.map(question => question.text)));
    }
  }
}

function read(keeper: Keeper, key: string): string[] {
  try {
    const value: unknown = JSON.parse(keeper.getItem(key) ?? "[]");
    return Array.isArray(value) ? value.filter(item => typeof item === "string").slice(0, most) : [];
  } catch {
    return [];
  }
}
