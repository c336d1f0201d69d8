import { largeFrom, send, sendSome, type Progress, type UploadedDocument } from "./send";

/** A file that waits to be sent, and whoever wants to know what becomes of it. */
export interface Outgoing {
  file: File;
  signal: AbortSignal;
  begin(): void;
  progress: Progress;
  sent(document: UploadedDocument): void;
  failed(fault: unknown): void;
}

const atOnce = 2;
const filesPerRequest = 25;
const bytesPerRequest = 2_000_000;

/** Sends thousands of files: two requests at a time, small files by the handful. */
export class Outbox {
  private readonly waiting: Outgoing[] = [];
  private sending = 0;

  constructor(private readonly collection: string, private readonly changed: () => void) {}

  /** Files that are not sent yet, those under way included. */
  get left(): number {
    return this.waiting.length + this.sending;
  }

  get isBusy(): boolean {
    return this.sending > 0;
  }

  add(one: Outgoing): void {
    this.waiting.push(one);
    queueMicrotask(() => this.pump());
  }

  private pump(): void {
    while (this.sending < atOnce) {
      const some = this.next();
      if (some.length === 0) {
        break;
      }

      this.sending++;
      void this.deliver(some).finally(() => {
        this.sending--;
        this.pump();
      });
    }

    this.changed();
  }

  /** The first that waits; with it, if it is small, the small ones behind it. */
  private next(): Outgoing[] {
    const some: Outgoing[] = [];
    let size = 0;
    while (this.waiting.length > 0 && some.length < filesPerRequest) {
      const one = this.waiting[0]!;
      if (one.signal.aborted) {
        this.waiting.shift();
        continue;
      }

      if (some.length > 0 && (one.file.size >= largeFrom || size + one.file.size > bytesPerRequest)) {
        break;
      }

      some.push(this.waiting.shift()!);
      size += one.file.size;
      if (one.file.size >= largeFrom) {
        break;
      }
    }

    return some;
  }

  private async deliver(some: Outgoing[]): Promise<void> {
    some.forEach((one) => one.begin());
    if (some.length === 1) {
      await this.deliverOne(some[0]!);
      return;
    }

    const canceling = new AbortController();
    const check = (): void => {
      if (some.every((one) => one.signal.aborted)) {
        canceling.abort();
      }
    };
    some.forEach((one) => one.signal.addEventListener("abort", check));
    try {
      const documents = await sendSome(this.collection, some.map((one) => one.file), (sent, total, left) => some.forEach((one) => one.progress(sent, total, left)), canceling.signal);
      documents.forEach((document, index) => some[index]!.sent(document));
    } catch {
      // One of them may be what was refused: each answers for itself.
      for (const one of some) {
        if (!one.signal.aborted) {
          await this.deliverOne(one);
        }
      }
    }
  }

  private async deliverOne(one: Outgoing): Promise<void> {
    try {
      one.sent(await send(this.collection, one.file, one.progress, one.signal));
    } catch (fault) {
      one.failed(fault);
    }
  }
}
