/** Where the model comes from: downloaded into a volume, or a file of this machine. */
export type Model = {
  /** In llama-server's API and in the health report. */
  readonly name: string;
  /** Its file name in the containers. What identifies the model is in it, so that another model is another file. */
  readonly file: string;
} & (
  | { readonly kind: "fetched"; readonly url: string; readonly sha256?: string }
  | { readonly kind: "file"; readonly path: string }
);
