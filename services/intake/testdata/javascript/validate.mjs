// Checks openapi.json and asyncapi.json against the schemas of their standards.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Validator } from "@seriousme/openapi-schema-validator";

const read = async (name) => JSON.parse(await readFile(new URL(name, import.meta.url), "utf8"));

const validator = new Validator();
const result = await validator.validate(await read("openapi.json"));
console.log(result.valid ? `openapi ${validator.version} valid` : JSON.stringify(result.errors, null, 1));

const require = createRequire(import.meta.url);
const Ajv = require("ajv");
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: false });
const schema = structuredClone(require("@asyncapi/specs/schemas/3.0.0.json"));
// The schema of draft-07 is one that the validator knows already.
delete schema.definitions["http://json-schema.org/draft-07/schema"];
const document = await read("asyncapi.json");
const check = ajv.compile(schema);
console.log(check(document) ? `asyncapi ${document.asyncapi} valid` : JSON.stringify(check.errors.slice(0, 5), null, 1));
