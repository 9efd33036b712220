import { startDynamo } from "../../local/dynamodb.ts";

console.log((await startDynamo()).url);
