// The pages of collections and documents: uploads and live progress.
import { ChunkReader } from "./documents/chunk-reader";
import { DocumentProgress } from "./uploads/document-progress";
import { UploadList } from "./uploads/upload-list";

customElements.define("upload-list", UploadList);
customElements.define("document-progress", DocumentProgress);
customElements.define("chunk-reader", ChunkReader);
