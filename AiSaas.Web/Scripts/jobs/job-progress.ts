interface JobInfo {
  status: string;
  progress: number;
  stage?: string;
  attempts: number;
  maxAttempts?: number;
}

const words: Record<string, string> = { queued: "Waiting", running: "Running" };

/** On the page of a job that has not ended: follows it, and shows the page anew when it has. */
export class JobProgress extends HTMLElement {
  private source: EventSource | undefined;

  connectedCallback(): void {
    if (!this.dataset.live) {
      return;
    }

    this.source = new EventSource(`/api/jobs/${this.dataset.job}/events`);
    this.source.addEventListener("message", (event) => {
      if (event.data !== "[DONE]") {
        this.show(JSON.parse(event.data as string) as JobInfo);
      }
    });
  }

  disconnectedCallback(): void {
    this.source?.close();
  }

  private show(job: JobInfo): void {
    if (!(job.status in words)) {
      this.source?.close();
      location.reload();
      return;
    }

    const badge = this.querySelector<HTMLElement>("[data-words]")!;
    badge.textContent = words[job.status]!;
    badge.dataset.tone = job.status === "running" ? "accent" : "";
    if (job.stage && job.status === "running") {
      this.querySelector("[data-detail]")!.textContent = job.stage;
    }

    const bar = this.querySelector<HTMLProgressElement>("[data-progress]")!;
    bar.hidden = job.status !== "running";
    bar.value = job.progress;
    const attempts = document.querySelector("[data-attempts]");
    if (attempts && job.maxAttempts) {
      attempts.textContent = `${job.attempts} of ${job.maxAttempts}`;
    }
  }
}
