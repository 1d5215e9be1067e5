// Writes src/live/api.ts from the node's OpenAPI document: `node types.mjs [--check] [openapi.json]`.
// Covers what that document uses (objects, enums, unions, references, nullable), and says so when it meets more.
import { readFileSync, writeFileSync } from "node:fs";

const args = process.argv.slice(2);
const check = args.includes("--check");
const source = args.find((a) => !a.startsWith("--")) ?? new URL("../shared/openapi.json", import.meta.url);
const target = new URL("./src/live/api.ts", import.meta.url);

const schemas = JSON.parse(readFileSync(source, "utf8")).components.schemas;

function typeOf(schema, indent = "") {
  if (!schema || Object.keys(schema).length === 0) return "unknown";
  if (schema.$ref) return schema.$ref.replace("#/components/schemas/", "");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((v) => JSON.stringify(v)).join(" | ");
  const many = schema.oneOf ?? schema.anyOf;
  if (many) return many.map((s) => typeOf(s, indent)).join(" | ");
  if (schema.allOf) return schema.allOf.map((s) => typeOf(s, indent)).join(" & ");
  if (Array.isArray(schema.type)) {
    return schema.type.map((t) => (t === "null" ? "null" : typeOf({ ...schema, type: t }, indent))).join(" | ");
  }
  switch (schema.type) {
    case "string":
      return "string";
    case "boolean":
      return "boolean";
    case "integer":
    case "number":
      return "number";
    case "null":
      return "null";
    case "array": {
      const item = typeOf(schema.items, indent);
      return /[|&]/.test(item) ? `(${item})[]` : `${item}[]`;
    }
    case "object":
    case undefined:
      if (!schema.properties) {
        const values = schema.additionalProperties;
        // A free JSON value is written as a bare object in the document.
        return values && values !== true ? `Record<string, ${typeOf(values, indent)}>` : "unknown";
      }
      return objectOf(schema, indent);
    default:
      throw new Error(`types.mjs does not know type ${schema.type}`);
  }
}

function objectOf(schema, indent) {
  const inner = `${indent}  `;
  const required = new Set(schema.required ?? []);
  const lines = Object.entries(schema.properties).map(([name, property]) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
    return `${doc(property.description, inner)}${inner}${key}${required.has(name) ? "" : "?"}: ${typeOf(property, inner)};`;
  });
  return `{\n${lines.join("\n")}\n${indent}}`;
}

function doc(text, indent) {
  if (!text) return "";
  const lines = text.replaceAll("*/", "* /").split("\n").map((line) => line.trim());
  return lines.length === 1
    ? `${indent}/** ${lines[0]} */\n`
    : `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
}

let out = "// Written by types.mjs from the node's OpenAPI document. Do not edit: run `npm run types`.\n";
for (const [name, schema] of Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))) {
  const plain = schema.properties && !schema.allOf && !schema.oneOf && !schema.anyOf;
  out += `\n${doc(schema.description, "")}export ${
    plain ? `interface ${name} ${objectOf(schema, "")}` : `type ${name} = ${typeOf(schema)};`
  }\n`;
}

if (check) {
  if (readFileSync(target, "utf8") !== out) {
    console.error("src/live/api.ts is older than the OpenAPI document. Run: npm run types");
    process.exit(1);
  }
} else {
  writeFileSync(target, out);
}
