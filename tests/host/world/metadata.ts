import { randomBytes } from "node:crypto";
import * as http from "node:http";

/** A folder of the metadata service; a leaf is a text, or bytes. */
export interface Folder {
  readonly [name: string]: string | Buffer | Folder;
}

/** The properties of an instance that a test sets. */
export interface Instance {
  /** `i-…`: cloud-init runs user data once for each. */
  readonly id: string;
  /** In Base64, as in EC2's API. */
  readonly userData: string;
  readonly region: string;
  readonly account: string;
  /** Name of its role. */
  readonly role?: string;
  readonly type?: string;
  readonly zone?: string;
}

const mac = "52:54:00:12:34:56";

/** The part of an EC2 instance's metadata that cloud-init, the AWS CLI and the agents read. */
export function metadataOf(instance: Instance): Folder {
  const { id, userData, region, account, role = "linnix-test-host", type = "t3.large" } = instance;
  const { zone = `${region}a` } = instance;
  const identity = { instanceId: id, region, accountId: account, availabilityZone: zone, instanceType: type };
  const credentials = {
    Code: "Success",
    Type: "AWS-HMAC",
    AccessKeyId: "ASIAIOSFODNN7EXAMPLE",
    SecretAccessKey: "not-a-secret-of-anyone",
    Token: "not-a-token",
    LastUpdated: "2026-01-01T00:00:00Z",
    Expiration: "2099-01-01T00:00:00Z",
  };
  const host = "ip-10-0-2-15.ec2.internal";
  return {
    "user-data": Buffer.from(userData, "base64"),
    dynamic: { "instance-identity": { document: JSON.stringify(identity) } },
    "meta-data": {
      "ami-id": "ami-0123456789abcdef0",
      "ami-launch-index": "0",
      hostname: host,
      "local-hostname": host,
      "instance-id": id,
      "instance-type": identity.instanceType,
      "local-ipv4": "10.0.2.15",
      mac,
      placement: { "availability-zone": zone, region },
      "security-groups": "linnix",
      "public-keys": {},
      iam: { info: "{}", "security-credentials": { [role]: JSON.stringify(credentials) } },
      network: {
        interfaces: {
          macs: {
            [mac]: {
              "device-number": "0",
              mac,
              "local-ipv4s": "10.0.2.15",
              "subnet-ipv4-cidr-block": "10.0.2.0/24",
              "vpc-ipv4-cidr-block": "10.0.2.0/24",
            },
          },
        },
      },
    },
  };
}

const isFolder = (it: string | Buffer | Folder | undefined): it is Folder =>
  typeof it === "object" && !Buffer.isBuffer(it);

const version = /^\/(latest|\d{4}-\d\d-\d\d|1\.0)(\/|$)/;

/** The content of a path: a leaf's text, or a folder's names, with a slash after folders. Equal in all versions. */
export function lookUp(tree: Folder, path: string): string | Buffer | undefined {
  if (!version.test(path)) return undefined;
  let here: string | Buffer | Folder | undefined = tree;
  for (const part of path.split("/").slice(2)) {
    if (part === "") continue;
    here = isFolder(here) && Object.hasOwn(here, part) ? here[part] : undefined;
  }
  if (!isFolder(here)) return here;
  return Object.entries(here)
    .map(([name, value]) => (isFolder(value) ? `${name}/` : name))
    .join("\n");
}

const ttl = "x-aws-ec2-metadata-token-ttl-seconds";

/** The instance metadata service with mandatory tokens (IMDSv2). Calls `tree` for each request. */
export function metadataServer(tree: () => Folder): http.Server {
  const tokens = new Map<string, number>();
  return http.createServer((request, response) => {
    const seconds = Number(request.headers[ttl]);
    if (request.method === "PUT" && request.url === "/latest/api/token") {
      if (!(seconds >= 1 && seconds <= 21600) || request.headers["x-forwarded-for"] !== undefined) {
        response.writeHead(400).end();
        return;
      }
      const token = randomBytes(28).toString("hex");
      tokens.set(token, Date.now() + seconds * 1000);
      response.writeHead(200, { [ttl]: String(seconds) }).end(token);
      return;
    }
    const token = String(request.headers["x-aws-ec2-metadata-token"]);
    if ((tokens.get(token) ?? 0) < Date.now()) {
      response.writeHead(401).end();
      return;
    }
    const found = lookUp(tree(), (request.url ?? "").split("?")[0] ?? "");
    response.writeHead(found === undefined ? 404 : 200, { "Content-Type": "text/plain" }).end(found ?? "");
  });
}
