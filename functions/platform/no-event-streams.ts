/** Stands in the bundles for the SDK's event streams, which no call of DynamoDB, Secrets Manager or EventBridge has. */
function refuse(): never {
  throw new Error("The gateway's bundles leave out the SDK's event streams; see infra/bundling/bundle.ts.");
}

export const eventStreamSerdeProvider = refuse;
export const EventStreamSerde = refuse;
