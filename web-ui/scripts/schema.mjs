/**
 * Keeps `src/api/schema.d.ts` equal to the API's OpenAPI document.
 * Without arguments it only compares and fails when the file is stale; `--write` rewrites it.
 */
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const source = new URL("../../admin-api/openapi.json", import.meta.url);
const target = new URL("../src/api/schema.d.ts", import.meta.url);
const banner =
  "/** Generated from admin-api/openapi.json by `npm run generate`. Do not edit. */\n\n";

/** @returns {Promise<string>} the text that schema.d.ts must have */
export async function render() {
  const document = JSON.parse(await readFile(source, "utf8"));
  return (
    banner +
    astToString(await openapiTS(document, { alphabetize: true, defaultNonNullable: false }))
  );
}

const wanted = await render();
if (process.argv.includes("--write")) {
  await writeFile(target, wanted);
  console.log("src/api/schema.d.ts written");
} else {
  const current = await readFile(target, "utf8").catch(() => "");
  if (current !== wanted) {
    console.error("src/api/schema.d.ts is stale: run `npm run generate` in web-ui and commit it");
    process.exit(1);
  }
  console.log("src/api/schema.d.ts is current");
}
