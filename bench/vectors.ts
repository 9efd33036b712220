import { readFileSync } from "node:fs";
import { checkVectors, readVectors } from "../test/support/vectors.ts";

// Checks a file of signature vectors through the code that signs calls: npm run vectors -- FILE
const file = process.argv[2] ?? "test/data/oauth1-signatures.json";
let text: string;
try {
  text = readFileSync(file, "utf8");
} catch {
  console.error(`Cannot read "${file}". Usage: npm run vectors -- FILE (a JSON list of signature vectors)`);
  process.exit(2);
}
const result = checkVectors(readVectors(text));
for (const difference of result.differences) console.error(difference);
console.log(JSON.stringify({ vectors: result.vectors, equal: result.equal }));
process.exitCode = result.equal === result.vectors ? 0 : 1;
