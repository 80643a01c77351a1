/** The language model that cognitod sends its requests to. */
export type LanguageModel =
  /** llama-server, beside cognitod. */
  | { readonly kind: "builtin" }
  | { readonly kind: "none" }
  | {
      readonly kind: "external";
      /** Address of the chat completions of an OpenAI-compatible server. */
      readonly endpoint: string;
      /** The model's name there. */
      readonly model: string;
    };
