/** Go's durations, as the Docker and the AWS provider read and print them: `45s`, `1m0s`, `1h30m`. Pure. */

/** Seconds as Go's `time.Duration` prints them: `45s`, `1m0s`, `5m0s`; for less than an hour. */
export function goDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds % 60}s`;
}

/** A duration (`1h30m5s`) in seconds; undefined if the text is not one. */
export function goDurationSeconds(text: string): number | undefined {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (match === null || text === "") return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part) || 0);
  return hours * 3600 + minutes * 60 + seconds;
}
