/** Names of the secrets that a stack may have, as services, documents and parameters use them. */
export const secretNames = ["api-token", "slack-webhook", "registry-password", "llm-api-key"] as const;

/** One of {@link secretNames}. */
export type SecretName = (typeof secretNames)[number];
