/**
 * A dynamic provider, serialised by Pulumi into the properties of its resource. The state keeps the code that created
 * it and runs that code on refresh, so `diff` must report a change when the code has changed.
 */
export interface ProviderCode {
  readonly __provider?: string;
}
