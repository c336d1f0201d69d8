// The page of a job: live progress.
import { JobProgress } from "./jobs/job-progress";

customElements.define("job-progress", JobProgress);
