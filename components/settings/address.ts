/** Addresses of servers, as settings hold them. */

/** Whether an address is on this machine or in a private network, where plain http does not cross the internet. */
export function isPrivate({ hostname }: URL): boolean {
  return (
    /^(localhost|\[::1\])$/.test(hostname) ||
    /^(127|10)\.\d+\.\d+\.\d+$/.test(hostname) ||
    /^192\.168\.\d+\.\d+$/.test(hostname) ||
    /^172\.(1[6-9]|2\d|3[01])\.\d+\.\d+$/.test(hostname) ||
    /^\[f[cd][0-9a-f]{2}:/.test(hostname)
  );
}

/** An http or https address; undefined for text that is none. Programs differ in how they read other characters. */
export function httpAddress(text: string): URL | undefined {
  if (!/^https?:\/\/[^/][!-~]*$/.test(text) || /["\\^`{|}<>]/.test(text) || !URL.canParse(text)) return undefined;
  const address = new URL(text);
  // Port 0 is one that nothing can listen on.
  return address.port === "0" ? undefined : address;
}

/** Whether a value contains an address with a user name or a password. */
const login = /([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/gi;

/** A value for a message: user names, passwords and queries of addresses, which may contain a signature, are left out. */
export function withoutSecrets(text: string): string {
  return text.replace(login, "$1…@").replace(/([a-z][a-z0-9+.-]*:\/\/[^?\s]*\?)[^#\s"',]+/gi, "$1…");
}
