/** Statements that allow actions, each on no more than what it needs. Pure. */
import type { Condition, Statement } from "../../../components/hosts/ec2/policy";
import type { ActionFacts, ActionResource } from "./iam-facts";
import { bounded, conditions, foreign, ids, names, ofAll, untaggedWhenMade } from "./scopes";

/** What one action may reach. */
interface Grant {
  readonly action: string;
  /** Grants of the same group are one statement. */
  readonly group: string;
  readonly resources: readonly string[];
  readonly condition?: Condition;
}

const serviceOf = (action: string): string => action.split(":")[0] ?? "";

/** An ARN's first variable replaced by a name, and any other by `*`. */
const withName = (arn: string, name: string): string => arn.replace(/\$\{\w+\}/, name).replaceAll(/\$\{\w+\}/g, "*");

const has = (keys: readonly string[], key: string): boolean => keys.includes(`${key}/\${TagKey}`);

/** Whether a call can tag what it makes of this type. */
const tagsWhenMade = ({ name, keys }: ActionFacts, { type, keys: own }: Pick<ActionResource, "type" | "keys">) =>
  has([...keys, ...own], "aws:RequestTag") && untaggedWhenMade[name]?.includes(type) !== true;

/** Of resources with ids: by tag, as far as AWS knows it. */
function grantsById(action: ActionFacts, resources: readonly ActionResource[]): Grant[] {
  const { name, reads } = action;
  const service = serviceOf(name);
  const all = (of: readonly ActionResource[]) => of.map(({ arn }) => withName(arn, "*"));
  const grant = (kind: string, of: readonly ActionResource[], condition?: Condition): Grant[] => {
    const found = all(of);
    // Without a condition, what one action needs must not become reachable for another.
    const group = `${service} ${condition === undefined && !reads ? found.join(" ") : kind}`;
    return found.length === 0
      ? []
      : [{ action: name, group, resources: found, ...(condition === undefined ? {} : { condition }) }];
  };
  if (reads) return grant("read", resources);
  const made = resources.filter((it) => tagsWhenMade(action, it));
  const others = resources.filter((it) => !made.includes(it));
  // Of the tags of what exists, only the changed ones are in the call.
  const retags = name.endsWith(":TagResource");
  if (made.length > 0) {
    return [
      ...grant("made", made, conditions.made),
      ...grant("used", others),
      ...(retags ? grant("own", made, conditions.own) : []),
    ];
  }
  const isForeign = ({ type, keys }: ActionResource) =>
    foreign[name]?.includes(type) === true || !has([...action.keys, ...keys], "aws:ResourceTag");
  return [
    ...grant(
      "own",
      others.filter((it) => !isForeign(it)),
      conditions.own,
    ),
    ...grant("used", others.filter(isForeign)),
  ];
}

/** What an action needs, as narrow as names and tags allow. */
function grantsOf(action: ActionFacts): Grant[] {
  const { name, resources } = action;
  const service = serviceOf(name);
  const nameOf = ({ type }: ActionResource): string | undefined => names[`${service}:${type}`];
  const withNames = resources.filter((it) => nameOf(it) !== undefined);
  const withIds = resources.filter(({ type }) => ids.includes(`${service}:${type}`));
  if (resources.length === 0 || ofAll.includes(name)) {
    const makes = !action.reads && has(action.keys, "aws:RequestTag");
    return [
      makes
        ? { action: name, group: `${service} any made`, resources: ["*"], condition: conditions.made }
        : { action: name, group: `${service} any`, resources: ["*"] },
    ];
  }
  const isBounded = bounded.includes(name);
  return [
    ...withNames.map((it): Grant => ({
      action: name,
      group: `${service} named${isBounded ? " bounded" : ""}`,
      resources: [withName(it.arn, nameOf(it) ?? "")],
      ...(isBounded ? { condition: conditions.bounded } : {}),
    })),
    ...grantsById(action, withIds),
  ];
}

const unique = (all: readonly string[]): string[] => [...new Set(all)].sort();

/** Statements for these actions; their Sids begin with a word. */
export function scoped(word: string, actions: readonly ActionFacts[]): Statement[] {
  const groups = new Map<string, Grant[]>();
  for (const grant of actions.flatMap(grantsOf)) groups.set(grant.group, [...(groups.get(grant.group) ?? []), grant]);
  const counts = new Map<string, number>();
  return [...groups.values()].map((grants) => {
    const [first] = grants;
    const service = serviceOf(first?.action ?? "").replace(/^./, (letter) => letter.toUpperCase());
    const count = (counts.get(service) ?? 0) + 1;
    counts.set(service, count);
    return {
      Sid: `${word}${service}${count === 1 ? "" : count}`,
      Effect: "Allow",
      Action: unique(grants.map(({ action }) => action)),
      Resource: unique(grants.flatMap(({ resources }) => resources)),
      ...(first?.condition === undefined ? {} : { Condition: first.condition }),
    };
  });
}
