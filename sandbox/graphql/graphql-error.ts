/** An error that a caller sees in `errors`, in Upwork's words and with graphql-java's class of it. */
export class UpworkGraphQLError extends Error {
  override name = "UpworkGraphQLError";
  readonly classification: string;

  constructor(message: string, classification = "DataFetchingException") {
    super(message);
    this.classification = classification;
  }
}

/** What the wrong tenant, and who may not, are told. */
export const authorizationFailed = () => new UpworkGraphQLError("Authorization failed", "ExecutionAborted");

/** Upwork's own words for a parameter out of its range. */
export const badInput = (code: string) =>
  new UpworkGraphQLError(`${code} Input parameter provided has incorrect value`, "ExecutionAborted");
