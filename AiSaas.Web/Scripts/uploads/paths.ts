/** Where a file lay in the folder that was dropped or chosen: `manuals/pump.md`. */
const paths = new WeakMap<File, string>();

/** More than an archive may hold; whoever drops a disk is told. */
export const mostFiles = 20_000;

export function pathOf(file: File): string {
  return paths.get(file) ?? (file.webkitRelativePath || file.name);
}

/** The files that were dropped, those in folders included; folders come as such only here. */
export async function filesOf(transfer: DataTransfer): Promise<File[]> {
  // Both lists are gone after the first wait.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null).filter((entry) => entry !== null);
  const flat = [...transfer.files];
  if (!entries.some((entry) => entry.isDirectory)) {
    return flat;
  }

  const files: File[] = [];
  const waiting = [...entries];
  while (waiting.length > 0 && files.length < mostFiles) {
    const entry = waiting.shift()!;
    if (entry.isDirectory) {
      waiting.push(...(await children(entry as FileSystemDirectoryEntry)));
    } else {
      const file = await new Promise<File | undefined>((resolve) => (entry as FileSystemFileEntry).file(resolve, () => resolve(undefined)));
      if (file && !file.name.startsWith(".")) {
        paths.set(file, entry.fullPath.replace(/^\//, ""));
        files.push(file);
      }
    }
  }

  return files;
}

/** A reader yields a hundred at a time, and nothing at the end. */
async function children(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const found: FileSystemEntry[] = [];
  while (found.length < mostFiles) {
    const some = await new Promise<FileSystemEntry[]>((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (some.length === 0) {
      break;
    }

    found.push(...some);
  }

  return found;
}
