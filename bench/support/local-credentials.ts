/** Keeps the SDK's clients from looking for real credentials and a real region, unless there are some in the environment. */
export function useLocalCredentials(): void {
  process.env.AWS_REGION ??= "eu-west-1";
  process.env.AWS_ACCESS_KEY_ID ??= "local";
  process.env.AWS_SECRET_ACCESS_KEY ??= "local";
}
