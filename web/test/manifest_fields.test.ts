// The form of foreign models without its page: fields from what files state, manifests from fields,
// and the field that each of the core's errors belongs to.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { fieldsOf, manifestOf, presetOf, presetValues, rangeOf } from '../app/manifest_fields.js';
import type { Fields } from '../app/manifest_fields.js';
import {
  classesNeeded,
  missingIn,
  notesOf,
  placeOf,
  statedBy,
  withClasses,
  withOutput,
} from '../app/manifest_stated.js';
import type { Core } from '../src/core.js';
import { inputFacts, inputPixels } from '../app/network_input.js';
import type { InputPreset, NetworkInput, OnnxFacts } from '../src/types.js';
import { kForeignCases } from './support/foreign_cases.js';
import { kManyOutputs } from './support/foreign_many_outputs.js';
import { foreignModel } from './support/foreign_model.js';
import { startCore } from './support/start_core.js';

let core: Core;
let presets: InputPreset[];
before(async () => {
  core = await startCore();
  presets = core.inputPresets();
});

function opened(name: string, changes: Partial<Fields> = {}): { facts: OnnxFacts; fields: Fields } {
  const facts = core.inspect(foreignModel(kForeignCases.find((row) => row.name === name)!.model));
  const fields = fieldsOf(facts.draft!, presets);
  return { facts, fields: { ...fields, ...changes } };
}

const kSize = { width: '64', height: '48' };

/** What the core says of these fields; '' when it takes them. */
function complaint({ facts, fields }: { facts: OnnxFacts; fields: Fields }): string {
  try {
    core.useManifest(manifestOf(fields, facts.draft!));
    core.checkInterface();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

for (const { name, obstacle } of kForeignCases)
  if (!obstacle)
    test(`${name}: its own fields and a size make a manifest that fits, and the same fields again`, () => {
      const { facts, fields } = opened(name);
      const { width, height } = fields;
      const whole = { ...fields, width: width || '64', height: height || '48' };
      assert.equal(missingIn(fields) === null, width !== '' && height !== '');
      const complete = core.useManifest(manifestOf(whole, facts.draft!));
      core.checkInterface();
      assert.deepEqual(fieldsOf(complete, presets), whole);
    });

test('each error stands at its field', () => {
  const wrong: [keyof Fields, string][] = [
    ['width', 'wide'],
    ['height', '0'],
    ['channels', '2'],
    ['channels', '2.5'],
    ['mean', 'zero'],
    ['mean', '0, 0'],
    ['std', '0'],
    ['gamma', '-1'],
    ['clipLimit', 'much'],
    ['tilesX', '0'],
    ['multiple', '1000'],
    ['stride', '0.5'],
    ['threshold', '2'],
    ['classes', 'one'],
    ['classes', 'a\nb\nc'],
    ['classes', 'a\na\nb\nc\nd'],
    ['minAreaPx', '0'],
    ['neck', '2'],
  ];
  for (const [field, value] of wrong) {
    const changes = { ...kSize, clahe: true, withoutBackground: true, classes: 'a\nb\nc\nd\ne' };
    const { facts, fields } = opened('planes', { ...changes, [field]: value });
    const message = complaint({ facts, fields });
    assert.notEqual(message, '', `${field} '${value}'`);
    const place = placeOf(message);
    assert.equal(place.field, field, message);
    assert.ok(place.text !== '' && !place.text.startsWith('manifest'), place.text);
  }
  const parted = { ...kSize, rule: 'largest', neck: '0.4' } as const;
  assert.equal(placeOf(complaint(opened('planes', parted))).field, 'neck');
  assert.equal(placeOf(complaint(opened('fixed_size', { width: '65' }))).field, 'width');
  assert.equal(placeOf(complaint(opened('pixels', { layout: 'nchw' }))).field, 'layout');
  assert.equal(placeOf('wasm: the first run failed').field, null);
});

test('presets: in the order of the colours, one number for grey, all repeated for more channels', () => {
  const named = (name: string) => presets.find((preset) => preset.name === name)!;
  const rgb = { colour: 'rgb', channels: '3' } as const;
  const bgr = { colour: 'bgr', channels: '3' } as const;
  assert.equal(presetValues(named('imagenet'), rgb).mean, '0.485, 0.456, 0.406');
  assert.equal(presetValues(named('imagenet'), bgr).mean, '0.406, 0.456, 0.485');
  assert.equal(presetValues(named('imagenet'), { colour: 'grey', channels: '1' }).mean, '0.449');
  assert.equal(
    presetValues(named('imagenet'), { ...rgb, channels: '4' }).mean,
    '0.485, 0.456, 0.406, 0.485',
  );
  for (const preset of presets)
    for (const order of [rgb, bgr]) {
      const { fields } = opened('colour', { ...order, ...presetValues(preset, order) });
      assert.equal(presetOf(fields, presets), preset.name);
    }
  const { fields } = opened('colour', { mean: '0.1' });
  assert.equal(presetOf(fields, presets), 'own');
  // float32, which the network gets, tells no difference.
  const { std } = presetValues(named('bytes'), rgb);
  assert.equal(Math.fround(Number(std)), Math.fround(1 / 255));
});

test('what the network sees of black and white', () => {
  const { fields } = opened('colour', { mean: '0.5', std: '0.25' });
  assert.equal(rangeOf(fields), 'Black becomes −2.00; white 2.00.');
  assert.equal(rangeOf({ ...fields, std: '0' }), '');
  assert.equal(rangeOf({ ...fields, mean: 'half' }), '');
});

test('another output, another meaning: as many classes as it asks for, typed names kept', () => {
  const { facts, fields } = opened('planes');
  const stated = statedBy(facts, fields.output);
  assert.equal(classesNeeded(fields, stated), 4);
  const more = withClasses({ ...fields, withoutBackground: true }, stated);
  assert.equal(more.classes, 'background\nclass 1\nclass 2\nclass 3\nclass 4');
  assert.deepEqual(withClasses({ ...more, withoutBackground: false }, stated), fields);
  const named = { ...fields, classes: 'wall\nfloor\nroof\ndoor', withoutBackground: true };
  assert.equal(withClasses(named, stated).classes, 'background\nwall\nfloor\nroof\ndoor');
  const many = { ...fields, classes: 'a\nb\nc\nd\ne' };
  assert.equal(withClasses(many, stated).classes, many.classes);

  const single = opened('sigmoid');
  const asIndices = { ...single.fields, kind: 'argmax' as const, withoutBackground: false };
  const back = withOutput(asIndices, single.facts, 'y');
  assert.equal(back.kind, 'probabilities');
  assert.ok(back.withoutBackground);
  assert.deepEqual(manifestOf({ ...back, ...kSize }, single.facts.draft!).output!.threshold, 0.5);
});

/** Four outputs of four meanings. */
function manyOutputs(): { facts: OnnxFacts; fields: Fields } {
  const facts = core.inspect(foreignModel(kManyOutputs));
  return { facts, fields: fieldsOf(facts.draft!, presets) };
}

test('each output has its own kind, classes and names; typed names stay', () => {
  const { facts, fields } = manyOutputs();
  assert.deepEqual([fields.output, fields.kind], ['scores', 'logits']);
  const names = 'wall\nfloor\nroof\ndoor';
  assert.equal(fields.classes, names);
  const expected: [string, Fields['kind'], boolean, string][] = [
    ['shares', 'probabilities', false, names],
    ['edge', 'probabilities', true, 'background\nclass 1'],
    ['mask', 'argmax', false, names],
    ['scores', 'logits', false, names],
  ];
  let now = fields;
  for (const [output, kind, withoutBackground, classes] of expected) {
    now = withOutput({ ...now, output }, facts, now.output);
    assert.deepEqual(
      [now.kind, now.withoutBackground, now.classes],
      [kind, withoutBackground, classes],
      output,
    );
    core.useManifest(manifestOf({ ...now, ...kSize }, facts.draft!));
    core.checkInterface();
  }
  assert.match(notesOf({ ...now, output: 'shares', kind: 'probabilities' }, facts).kind!, /last/);
  const own = withOutput({ ...fields, classes: 'a\nb\nc\nd', output: 'shares' }, facts, 'scores');
  assert.equal(own.classes, 'a\nb\nc\nd');
});

test('the rule of regions goes into the manifest', () => {
  const { facts, fields } = opened('fixed_size', { rule: 'all', minAreaPx: '40', neck: '0.6' });
  const { regions } = core.useManifest(manifestOf(fields, facts.draft!));
  assert.deepEqual(regions, { rule: 'all', minAreaPx: 40, neck: 0.6 });
});

test('the picture of an input: one scale for all channels, whatever its layout', () => {
  // Two pixels of three channels, in planes and in pixels.
  const planes = { data: Float32Array.of(-1, 0, 0, 1, 3, 3), shape: [1, 3, 1, 2] } as NetworkInput;
  const pixels = { data: Float32Array.of(-1, 0, 3, 0, 1, 3), shape: [1, 1, 2, 3] } as NetworkInput;
  const facts = inputFacts(planes, 'nchw');
  assert.deepEqual([facts.least, facts.most, facts.means], [-1, 3, [-0.5, 0.5, 3]]);
  assert.ok(Math.abs(facts.deviation - Math.sqrt(20 / 6 - 1)) < 1e-12);
  assert.deepEqual(inputFacts(pixels, 'nhwc'), facts);
  const shown = inputPixels(planes, 'nchw', facts);
  assert.deepEqual([...shown.data], [0, 64, 255, 255, 64, 128, 255, 255]);
  assert.deepEqual(inputPixels(pixels, 'nhwc', facts), shown);
  const grey = { data: Float32Array.of(5, 5), shape: [1, 1, 1, 2] } as NetworkInput;
  const { data } = inputPixels(grey, 'nchw', inputFacts(grey, 'nchw'));
  assert.deepEqual([...data], [0, 0, 0, 255, 0, 0, 0, 255]);
});

test('notes say what came from the file', () => {
  const { facts, fields } = opened('ultralytics_names');
  const notes = notesOf(fields, facts);
  assert.match(notes.classes!, /^4 of 4 that the file has; names from the file's metadata/);
  assert.match(notes.classes!, /parts of an eye: iris, pupil/);
  assert.match(notes.width!, /left open/);
  const typed = notesOf({ ...fields, classes: 'a\nb' }, facts);
  assert.equal(typed.classes, '2 of 4 that the file has');
});
