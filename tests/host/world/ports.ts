/** Ports of 127.0.0.1 in the network namespace, behind the gates. */
export const inner = { metadata: 8169, aws: 8443, moto: 5000, registry: 5443, models: 8080, modelsTls: 8444 } as const;
