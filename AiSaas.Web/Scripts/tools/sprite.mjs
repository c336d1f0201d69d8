// Writes wwwroot/dist/icons.svg: the lucide icons that the sources name, and no others.
// A name is found as <Icon Name="x">, as a component's Icon="x", or as icon("x") in a script.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const sources = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(razor|ts|cs)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));

const names = new Set();
for (const file of [...sources("Components"), ...sources("Scripts")]) {
  for (const match of readFileSync(file, "utf8").matchAll(/(?:<Icon\s+Name=|\bIcon=|\b[iI]con\()"([a-z0-9-]+)"/g)) {
    names.add(match[1]);
  }
}

const symbols = [...names].sort().map((name) => {
  const svg = readFileSync(join("node_modules/lucide-static/icons", `${name}.svg`), "utf8");
  const shapes = svg.replace(/<!--.*?-->/gs, "").replace(/<svg[^>]*>|<\/svg>/g, "").replace(/\s+/g, " ").trim();
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`;
});

mkdirSync("wwwroot/dist", { recursive: true });
writeFileSync("wwwroot/dist/icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`);
