/** The box's addresses on this machine, outside of its network. Fixed, because Pulumi.box.yaml names them: one box at a time. */
export const api = { address: "127.77.0.1", port: 4566 } as const;
/** Where this machine's engine finds ECR's name. */
export const registryAddress = "127.77.0.2";
