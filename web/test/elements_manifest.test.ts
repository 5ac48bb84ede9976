// custom-elements.json against the element itself: nothing that it offers is left out or made up.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { elementsManifest } from '../elements_manifest.mjs';
import { LimbusSegmenterElement } from '../src/element.js';

const web = join(process.env['LIMBUS_ROOT']!, 'web');
interface Named {
  name: string;
  description: string;
}
interface Declared {
  attributes: (Named & { fieldName: string; type: { text: string } })[];
  members: (Named & { attribute?: string })[];
  events: Named[];
  slots: Named[];
  cssParts: Named[];
  cssProperties: Named[];
}

const module = elementsManifest().modules[0]!;
const element = module.declarations[0] as Declared;

const namesOf = (rows: { name: string }[]) => rows.map(({ name }) => name).sort();

/** What each match of `pattern` has in its first group, in the sources of the element. */
function inSources(pattern: RegExp): string[] {
  const folder = join(web, 'src/element');
  const found = readdirSync(folder).flatMap((name) => [
    ...readFileSync(join(folder, name), 'utf8').matchAll(pattern),
  ]);
  return [...new Set(found.map(([, name]) => name ?? ''))].sort();
}

/** Accessors and methods that the prototypes above HTMLElement have, but for those that the browser calls. */
function offered(): string[] {
  const names: string[] = [];
  let at = LimbusSegmenterElement.prototype as object;
  for (; Object.getPrototypeOf(at) !== Object.prototype; at = Object.getPrototypeOf(at) as object)
    names.push(...Object.getOwnPropertyNames(at));
  const ours = ['constructor', 'setValidity', 'setValue', 'upgradeProperties'];
  return [...new Set(names)]
    .filter((name) => !name.endsWith('Callback') && !ours.includes(name))
    .sort();
}

test('every property and method is there, with words', () => {
  assert.deepEqual(namesOf(element.members), offered());
  for (const { name, description } of element.members) assert.ok(description, name);
});

test('every attribute is there and mirrors a property', () => {
  const observed: string[] = [...LimbusSegmenterElement.observedAttributes, 'disabled'];
  assert.deepEqual(namesOf(element.attributes), observed.sort());
  for (const { name, fieldName } of element.attributes) {
    const field = element.members.find((member) => member.name === fieldName);
    assert.equal(field?.attribute, name);
  }
  const overlay = element.attributes.find(({ name }) => name === 'overlay');
  assert.equal(overlay!.type.text, '"mask" | "outlines" | "none"');
});

test('events, slots, parts and custom properties are those of the sources', () => {
  assert.deepEqual(namesOf(element.events), ['error', 'load', 'progress', 'result']);
  assert.deepEqual(namesOf(element.slots), inSources(/[^\w]slot\('(\w*)'/g));
  const parts = inSources(/(?:part\(\s*'\w+',\s*|canvas\()'(\w+)'/g);
  assert.deepEqual(namesOf(element.cssParts), parts);
  const properties = inSources(/(--limbus-[a-z]+)/g).map((name) =>
    name === '--limbus-class' ? `${name}-N` : name,
  );
  assert.deepEqual(namesOf(element.cssProperties), properties);
});

test('the package names the file and the module', () => {
  const text = readFileSync(join(web, 'package.json'), 'utf8');
  const json = JSON.parse(text) as { customElements: string };
  assert.equal(json.customElements, './lib/custom-elements.json');
  assert.equal(module.path, 'lib/element.js');
  assert.deepEqual(
    module.exports.map(({ kind, name }) => `${kind} ${name}`),
    ['js LimbusSegmenterElement', 'custom-element-definition limbus-segmenter'],
  );
});
