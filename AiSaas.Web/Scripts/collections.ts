// The page of a collection: uploads and live progress.
import { UploadList } from "./uploads/upload-list";

customElements.define("upload-list", UploadList);
