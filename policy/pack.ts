/** The policy pack. `node index.js` serves it to the engine. */
import { PolicyPack } from "@pulumi/policy";

import { policies } from "./policies";

new PolicyPack("linnix", { enforcementLevel: "mandatory", policies: policies() });
