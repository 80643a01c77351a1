/** Removes secrets from text that leaves this machine: those that are known by value, and those known by their form. Pure. */
import { withoutSecrets } from "../../components/settings/address";

/** Characters; a shorter value would mask ordinary words. */
const shortest = 4;

/** What stands for a secret. */
export const masked = "[secret]";

/** Names of environment variables and of keys whose values are secrets. */
const secretName = /token|secret|passw|passphrase|credential|webhook|api_?key|access_?key|private|(^|_)auth/i;

/** Forms of secrets that need not be known: keys and tokens of AWS, webhooks, headers, tokens of code hosts, private keys. */
const forms: readonly RegExp[] = [
  /\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g,
  /(?<=hooks\.slack\.com\/)[^\s"',]+/g,
  /(?<=\b(?:bearer|basic) +)[A-Za-z0-9._~+/=-]{4,}/gi,
  /\b(?:gh[pousr]_|github_pat_|glpat-|hf_|xox[abp]-|sk-)[A-Za-z0-9_-]{8,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];

/** Characters of a value in an address's query that may be a signature. */
const shortestSignature = 8;

/** The logins and passwords in addresses, and the values of their queries, which may be signatures. */
function inAddresses(text: string): string[] {
  const logins = [...text.matchAll(/[a-z][a-z0-9+.-]*:\/\/([^/?#\s"']*)@/gi)].flatMap(([, login = ""]) => {
    const [, password] = /:(.+)/.exec(login) ?? [];
    return password === undefined ? [login] : [login, password];
  });
  const queries = [...text.matchAll(/:\/\/[^?#\s"']*\?([^#\s"']+)/g)].flatMap(([, query = ""]) =>
    query.split("&").map((pair) => pair.slice(pair.indexOf("=") + 1)),
  );
  return [...logins, ...queries.filter((value) => value.length >= shortestSignature)];
}

/** The secrets of an environment: variables that are named like one, and the logins of addresses in any. */
export function environmentSecrets(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(environment).flatMap(([name, value = ""]) => {
    // A path to a file with a secret is none.
    const isSecret = secretName.test(name) && !/_FILE$/i.test(name);
    return [...(isSecret ? [value] : []), ...inAddresses(value)];
  });
}

/** Every text in a value, however deep, that is a secret by its key, and the logins of addresses in any. */
export function secretsIn(value: unknown, key = ""): string[] {
  if (typeof value === "string") return [...(secretName.test(key) ? [value] : []), ...inAddresses(value)];
  if (Array.isArray(value)) return value.flatMap((item) => secretsIn(item, key));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => secretsIn(item, secretName.test(key) ? key : name));
}

/** A secret as programs print it: as it is, in JSON, in an address, in base64. */
function printedForms(secret: string): string[] {
  const encoded = [encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
  return [secret, ...encoded, Buffer.from(secret).toString("base64").replace(/=+$/, "")];
}

/** The function that masks these secrets, line by line for one that has several, and everything that has a secret's form. */
export function masking(secrets: readonly string[]): (text: string) => string {
  const parts = secrets.flatMap((secret) => [secret, ...secret.split("\n")]).map((part) => part.trim());
  const known = [...new Set(parts.filter((part) => part.length >= shortest).flatMap(printedForms))];
  // Longer ones first: one may contain another.
  known.sort((a, b) => b.length - a.length);
  return (text) => {
    const without = known.reduce((rest, secret) => rest.replaceAll(secret, masked), text);
    return withoutSecrets(forms.reduce((rest, form) => rest.replace(form, masked), without));
  };
}
