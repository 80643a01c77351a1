/**
 * The words of a command line in a systemd unit, as systemd reads them: the reverse of `unitArgument` of
 * components/services/render/systemd-unit.ts.
 */
export function unitWords(unit: string, key: string): string[] {
  const line = unit.split("\n").find((it) => it.startsWith(`${key}=`)) ?? "";
  const words = line.slice(key.length + 1).matchAll(/"((?:\\.|[^"\\])*)"|(\S+)/g);
  return [...words].map(([, quoted, bare = ""]) =>
    (quoted === undefined ? bare : unescaped(quoted)).replace(/(%|\$)\1/g, "$1"),
  );
}

function unescaped(quoted: string): string {
  return quoted.replace(/\\(?:x([0-9a-f]{2})|(.))/g, (_, code: string | undefined, character: string) =>
    code === undefined ? character : String.fromCharCode(parseInt(code, 16)),
  );
}
