// Adds a model to the built page's list:   node tools/offer_model.mjs FILE.onnx TITLE
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

const [from, title] = process.argv.slice(2);
const models = new URL('../web/dist/models/', import.meta.url);
const index = new URL('index.json', models);
const name = basename(from, '.onnx');
const bytes = readFileSync(from);
// The name changes with the content, as those of the build do: browsers keep it for good.
const file = `${name}-${createHash('sha256').update(bytes).digest('hex').slice(0, 8)}.onnx`;
const others = JSON.parse(readFileSync(index, 'utf8')).filter((model) => model.name !== name);
writeFileSync(new URL(file, models), bytes);
const model = { name, file, title, sizeBytes: bytes.length };
writeFileSync(index, `${JSON.stringify([...others, model], null, 2)}\n`);
