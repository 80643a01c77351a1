import * as dgram from "node:dgram";

const type = { a: 1, aaaa: 28 } as const;
const code = { none: 0, nameError: 3 } as const;
const headerBytes = 12;

/** The first question of a DNS message: the name in lower case, its type, and the end of the question. */
function question(message: Buffer): { name: string; type: number; end: number } | undefined {
  const labels: string[] = [];
  let at = headerBytes;
  for (;;) {
    const length = message[at];
    if (length === undefined || length > 63) return undefined;
    at += 1;
    if (length === 0) break;
    labels.push(message.toString("latin1", at, at + length));
    at += length;
  }
  if (at + 4 > message.length) return undefined;
  return { name: labels.join(".").toLowerCase(), type: message.readUInt16BE(at), end: at + 4 };
}

/** The address of a name in the table, where `*.example` is every name with one label before `example`. */
function addressOf(name: string, names: Readonly<Record<string, string>>): string | undefined {
  return names[name] ?? names[name.replace(/^[^.]*/, "*")];
}

/** The response to a DNS query: the address of a name in the table, NXDOMAIN for all others. */
export function answerQuestion(message: Buffer, names: Readonly<Record<string, string>>): Buffer | undefined {
  if (message.length < headerBytes) return undefined;
  const asked = question(message);
  if (asked === undefined) return undefined;
  const address = addressOf(asked.name, names);
  const records = address !== undefined && asked.type === type.a ? 1 : 0;
  const header = Buffer.from(message.subarray(0, headerBytes));
  header.writeUInt16BE(0x8180 | (address === undefined ? code.nameError : code.none), 2); // a response; recursion is available
  [1, records, 0, 0].forEach((count, index) => header.writeUInt16BE(count, 4 + 2 * index));
  const record = Buffer.alloc(records * 16);
  if (address !== undefined && records > 0) {
    record.writeUInt16BE(0xc00c, 0); // a pointer to the name in the question
    record.writeUInt16BE(type.a, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(5, 6); // time to live in seconds
    record.writeUInt16BE(4, 10);
    address.split(".").forEach((part, index) => record.writeUInt8(Number(part), 12 + index));
  }
  return Buffer.concat([header, message.subarray(headerBytes, asked.end), record]);
}

/** Serves DNS at an address, port 53. */
export function serveNames(address: string, names: Readonly<Record<string, string>>): Promise<void> {
  const socket = dgram.createSocket("udp4");
  socket.on("message", (message, from) => {
    const answer = answerQuestion(message, names);
    if (answer !== undefined) socket.send(answer, from.port, from.address);
  });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(53, address, () => {
      resolve();
    });
  });
}
