// Numbers as people say them; the server says them alike in Components/Shared/Human.cs.
const units = ["bytes", "KB", "MB", "GB", "TB"];

export function bytes(size: number): string {
  if (size === 1) {
    return "1 byte";
  }

  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }

  const number = unit === 0 || size >= 100 ? Math.round(size).toString() : (Math.round(size * 10) / 10).toString();
  return `${number} ${units[unit]}`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

export function duration(seconds: number): string {
  if (seconds < 5) return "a few seconds";
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor((seconds + 30) / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

export function ago(then: Date, now: Date): string {
  const minutes = (now.getTime() - then.getTime()) / 60_000;
  if (minutes < 0.75) return "just now";
  if (minutes < 60) return `${count(Math.max(1, Math.round(minutes)), "minute")} ago`;
  if (minutes < 24 * 60) return `${count(Math.round(minutes / 60), "hour")} ago`;
  const days = minutes / (24 * 60);
  if (days < 2) return "yesterday";
  if (days < 7) return `${count(Math.floor(days), "day")} ago`;
  const sameYear = then.getFullYear() === now.getFullYear();
  return then.toLocaleDateString("en-GB", { day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }) });
}
