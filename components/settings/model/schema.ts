/** Settings on the model of llama-server. */
import { httpAddress } from "../address";
import { type Definition, keywordOrPath, matching } from "../definition";
import { splitPart } from "./file";

/** The longest address: an EC2 host's desired state has little room. */
const addressLength = 1000;

const allowed =
  "auto, upstream, sample, an https address of a GGUF file, or a file's path (starting with / or ./); http only to a private address";

function modelProblem(value: string): string | undefined {
  if (keywordOrPath.test(value)) return splitPart(value);
  const address = httpAddress(value);
  if (address === undefined) return `must be ${allowed}`;
  if (address.username !== "" || address.password !== "") {
    return "must not contain a user name or a password, which would be stored in plain text; use an address that needs no login";
  }
  if (address.hash !== "") return "must be an address without #";
  if (value.length > addressLength) return `must be an address of at most ${addressLength} characters`;
  if (address.hostname === "huggingface.co" && /^\/[^/]+\/[^/]+\/(blob|raw)\//.test(address.pathname)) {
    return "is the address of a page about the file, or of its Git LFS pointer; the file's has /resolve/ in that place";
  }
  return splitPart(address.pathname);
}

export const modelSchema = {
  model: {
    type: "string",
    default: "auto",
    description:
      "The GGUF model: upstream (linnix-3b-distilled, 2.1 GB, from Hugging Face), an https address (downloaded once, into a volume), or a file's path (mounted; local host only). auto means upstream, unless npm start cannot reach it and chooses a sample model. Upstream's model card states Apache-2.0, but the model is derived from Qwen2.5-3B, whose licence permits research use only.",
    allowed,
    example: "upstream",
    problem: modelProblem,
  },
  modelSha256: {
    type: "string",
    description:
      "SHA-256 checksum of a downloaded model. Without one, the model must match the checksum that its server announces, which Hugging Face does; if the server announces none, size and format are checked. Later runs compare the file with the checksum found by the first.",
    example: "$(sha256sum model.gguf | cut -d' ' -f1)",
    ...matching(/^[0-9a-f]{64}$/, "a SHA-256 checksum: 64 hexadecimal digits in lower case"),
  },
} as const satisfies Record<string, Definition>;
