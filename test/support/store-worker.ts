import { startDynamo } from "../../local/dynamodb.ts";
import { startSecretsManager } from "../../local/secrets-manager.ts";

// An embedded store as a process of its own, so that a test can kill it. Says where it listens, then serves for ever.
const [kind = "", path = ""] = process.argv.slice(2);
const store = kind === "dynamo" ? await startDynamo({ dataDir: path }) : await startSecretsManager({ dataFile: path });
console.log(store.url);
