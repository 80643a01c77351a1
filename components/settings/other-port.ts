/** A port for a remedy: as far from `port` as nobody reaches by counting on, and none of those in use. */
export function otherPort(port: number, used: readonly number[]): number {
  for (let candidate = port + 10_000; ; candidate += 1) {
    // Above the highest port, it goes on from 10,000.
    const inRange = candidate > 65_535 ? 10_000 + (candidate % 10_000) : candidate;
    if (!used.includes(inRange)) return inRange;
  }
}
