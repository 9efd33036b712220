/** Stands in for the SDK's event streams, which no call of DynamoDB, Secrets Manager or EventBridge has. */
function refuse(): never {
  throw new Error("The gateway's bundles leave out the SDK's event streams; see infra/bundling/lean-sdk.ts.");
}

export const eventStreamSerdeProvider = refuse;
export const EventStreamSerde = refuse;

/** Only the signer makes one, for headers of events that it never gets to sign. */
export class HeaderFormatter {}
