// The pages of collections and documents: uploads and live progress.
import { ChunkReader } from "./documents/chunk-reader";
import { DocumentProgress } from "./uploads/document-progress";
import { SourceList } from "./sources/source-list";
import { UploadList } from "./uploads/upload-list";

customElements.define("upload-list", UploadList);
customElements.define("document-progress", DocumentProgress);
customElements.define("source-list", SourceList);
customElements.define("chunk-reader", ChunkReader);
