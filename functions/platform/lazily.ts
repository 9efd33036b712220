/**
 * A function that is opened with its first call: what few calls need is loaded by those alone. An opening that fails is
 * tried again by the next call.
 */
export function lazily<Arguments extends unknown[], Result>(
  open: () => Promise<(...given: Arguments) => Promise<Result>>,
): (...given: Arguments) => Promise<Result> {
  let opened: ReturnType<typeof open> | undefined;
  return async (...given) => {
    opened ??= open();
    const call = await opened.catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return call(...given);
  };
}
