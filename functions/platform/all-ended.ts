/**
 * Waits until all have ended, then throws what the first that failed threw. `Promise.all` throws at once, and leaves the
 * others running in a function that is frozen or ended then.
 */
export async function allEnded(works: Iterable<Promise<unknown>>): Promise<void> {
  const failed = (await Promise.allSettled(works)).find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
