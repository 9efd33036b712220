import { CliError } from "./errors.ts";

/** What AWS answers to credentials that are missing, have ended or may not. */
const refusals = /AccessDenied|UnrecognizedClient|ExpiredToken|InvalidSignature|SignatureDoesNotMatch/;

/**
 * Does something with a secret in AWS as the owner of this terminal's credentials.
 *
 * @throws CliError that says what AWS refused; never the secret
 */
export async function asOwner<T>(secret: string, perform: () => Promise<T>): Promise<T> {
  try {
    return await perform();
  } catch (cause) {
    const { name, message, $metadata } = cause as Error & { $metadata?: { httpStatusCode?: number } };
    const status = $metadata?.httpStatusCode;
    const isOwn =
      /Credential|Token|Region/i.test(name) || /region is missing|could not load credentials/i.test(message);
    if (isOwn && status === undefined) {
      throw because(cause, "usage", `There are no AWS credentials to reach secret "${secret}" with (${name}).`);
    }
    if (refusals.test(name) || (status !== undefined && status >= 400 && status < 500)) {
      throw because(cause, "refused", `AWS refuses access to secret "${secret}" (${name}).`);
    }
    throw because(cause, "unreachable", `AWS did not answer for secret "${secret}" (${name}). Try again.`);
  }
}

function because(cause: unknown, code: "usage" | "refused" | "unreachable", text: string): CliError {
  return Object.assign(new CliError(code, `${text} Check AWS_PROFILE and AWS_REGION.`), { cause });
}
