/**
 * Stands in the bundles for the SDK's `@aws-sdk/credential-provider-node`, which looks for profiles, SSO, processes and
 * metadata services before it starts. Lambda always gives credentials in the environment.
 */
export const defaultProvider = () => async () => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    throw new Error("There are no AWS credentials in the environment; Lambda sets AWS_ACCESS_KEY_ID and its secret.");
  }
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: AWS_SESSION_TOKEN }),
  };
};
