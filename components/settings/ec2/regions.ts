import data from "./data/regions.json";

/**
 * AWS's public regions, as of `regionsDate`. The regions of the other partitions (China, GovCloud) are left out: their
 * ARNs and public machine images differ, and no stack of this project was tried there.
 */
export const regions: readonly string[] = data.regions;

/** Year and month of the list. */
export const regionsDate: string = data.date;
