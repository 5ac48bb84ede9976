// Adds a model to the built page's list:   node tools/offer_model.mjs FILE.onnx TITLE
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

const [from, title] = process.argv.slice(2);
const models = new URL('../web/dist/models/', import.meta.url);
const index = new URL('index.json', models);
const file = basename(from);
const others = JSON.parse(readFileSync(index, 'utf8')).filter((model) => model.file !== file);
copyFileSync(from, new URL(file, models));
const model = { name: basename(file, '.onnx'), file, title, sizeBytes: statSync(from).size };
writeFileSync(index, `${JSON.stringify([...others, model], null, 2)}\n`);
