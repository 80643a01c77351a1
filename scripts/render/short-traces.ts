/**
 * The SDK formats a stack trace for each promise that it makes, which takes more than half of the time of a graph against mocks.
 * Here traces have two frames, without source maps: the trace of an error names files and functions, and no lines.
 */
export async function withShortTraces<T>(work: () => Promise<T>): Promise<T> {
  const { sourceMapsEnabled } = process;
  const { stackTraceLimit } = Error;
  process.setSourceMapsEnabled(false);
  Error.stackTraceLimit = 2;
  try {
    return await work();
  } finally {
    process.setSourceMapsEnabled(sourceMapsEnabled);
    Error.stackTraceLimit = stackTraceLimit;
  }
}
