// Reads the linters' reports, prints a line for each and its findings; exits 1 if there are any.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const SHOWN = 20;
// A validator may repeat the whole document.
const WIDTH = 400;
const [, , out] = process.argv;
const read = (name) => readFileSync(join(out, name), "utf8");

const spectral = (wanted) => () =>
  JSON.parse(read("spectral.json"))
    .filter((found) => wanted(String(found.code)))
    .map((found) => ({
      level: ["error", "warning"][found.severity] ?? "hint",
      text: `${found.code} at ${found.path.join("/")}: ${found.message}`,
    }));

const redocly = () =>
  JSON.parse(read("redocly.json")).problems.map((found) => ({
    level: found.severity === "error" ? "error" : "warning",
    text: `${found.ruleId} at ${found.location[0]?.pointer ?? ""}: ${found.message}`,
  }));

const validator = () =>
  read("validator.code").trim() === "0" ? [] : [{ level: "error", text: read("validator").trim() }];

const linters = {
  "openapi-spec-validator": validator,
  "spectral:oas": spectral((code) => !code.startsWith("owasp:")),
  "spectral-owasp-ruleset": spectral((code) => code.startsWith("owasp:")),
  "redocly recommended-strict": redocly,
};

let clean = true;
for (const [name, findings] of Object.entries(linters)) {
  let found;
  try {
    found = findings();
  } catch (reason) {
    const log = read(name.startsWith("redocly") ? "redocly.log" : "spectral.log");
    found = [{ level: "error", text: `the linter did not finish (${reason.message}): ${log}` }];
  }
  const count = (level) => found.filter((one) => one.level === level).length;
  const [errors, warnings] = [count("error"), count("warning")];
  clean &&= errors + warnings === 0;
  console.log(`${name.padEnd(28)} errors ${errors}, warnings ${warnings}`);
  const told = found.filter((one) => one.level !== "hint");
  for (const { level, text } of told.slice(0, SHOWN)) console.log(`  ${level} ${text.slice(0, WIDTH)}`);
  if (told.length > SHOWN) console.log(`  ... and ${told.length - SHOWN} more`);
}
process.exit(clean ? 0 : 1);
