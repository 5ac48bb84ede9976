// What the core says of foreign files before anything runs.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';

import type { Core } from '../src/core.js';
import type { ManifestDraft } from '../src/types.js';
import { merged } from './support/merge.js';
import { kForeignCases } from './support/foreign_cases.js';
import type { ForeignCase } from './support/foreign_pieces.js';
import { foreignModel } from './support/foreign_model.js';
import { startCore } from './support/start_core.js';

const kCases = join(process.env['LIMBUS_ROOT']!, 'tests/cases');

let core: Core;
before(async () => {
  core = await startCore();
});

/** What the C++ tests read of a case. */
function rowOf({ model: _, ...row }: ForeignCase) {
  return row;
}

test('tests/cases holds these files', () => {
  const table = `${JSON.stringify(kForeignCases.map(rowOf), null, 2)}\n`;
  const files = kForeignCases.map(({ name, model }) => ({ name, bytes: foreignModel(model) }));
  if (process.env['LIMBUS_WRITE_CASES']) {
    mkdirSync(join(kCases, 'foreign'), { recursive: true });
    for (const { name, bytes } of files)
      writeFileSync(join(kCases, 'foreign', `${name}.onnx`), bytes);
    writeFileSync(join(kCases, 'foreign.json'), table);
  }
  assert.ok(existsSync(join(kCases, 'foreign.json')));
  assert.deepEqual(
    JSON.parse(readFileSync(join(kCases, 'foreign.json'), 'utf8')),
    JSON.parse(table),
  );
  for (const { name, bytes } of files)
    assert.deepEqual(
      new Uint8Array(readFileSync(join(kCases, 'foreign', `${name}.onnx`))),
      new Uint8Array(bytes),
      name,
    );
});

for (const row of kForeignCases)
  test(`${row.name}: ${row.obstacle ? 'refused in one line' : 'a draft that its answers complete'}`, () => {
    const facts = core.inspect(foreignModel(row.model));
    if (row.obstacle) {
      assert.ok(facts.obstacle?.includes(row.obstacle), facts.obstacle ?? 'no obstacle');
      assert.ok(!facts.obstacle!.includes('\n'));
      assert.equal(facts.draft, null);
      assert.equal(facts.ports, null);
      return;
    }
    assert.equal(facts.obstacle, null);
    assert.deepEqual(merged(facts.draft, row.draft ?? {}), facts.draft);
    core.useManifest(merged(facts.draft, row.answers ?? {}) as ManifestDraft);
    const { input } = core.checkInterface();
    assert.equal(input.name, 'x');
  });
