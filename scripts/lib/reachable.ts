/** The status of the answer to a HEAD request; undefined if there is no answer in time. Does not follow redirects. */
async function headStatus(url: string, milliseconds: number): Promise<number | undefined> {
  const request = { method: "HEAD", redirect: "manual", signal: AbortSignal.timeout(milliseconds) } as const;
  return fetch(url, request).then(
    ({ status }) => status,
    () => undefined,
  );
}

/**
 * Whether an HTTP server answers, with any status: a registry, for example, answers 401 before a login.
 *
 * @param milliseconds how long to wait for the answer; 3 seconds by default.
 */
export async function reachable(url: string, milliseconds = 3000): Promise<boolean> {
  return (await headStatus(url, milliseconds)) !== undefined;
}

/**
 * Whether an address can be downloaded from: its answer is a success or a redirect.
 *
 * @param milliseconds how long to wait for the answer; 3 seconds by default.
 */
export async function available(url: string, milliseconds = 3000): Promise<boolean> {
  const status = await headStatus(url, milliseconds);
  return status !== undefined && status < 400;
}
