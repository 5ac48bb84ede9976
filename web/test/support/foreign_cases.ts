// Files as other people's exporters write them, one per trait that a page meets: each tells grey
// levels apart by thresholds, so that a test image is its own ground truth.
//
// tests/cases/foreign/ holds what is made here, for the C++ tests: web/test/foreign.test.ts writes it
// with LIMBUS_WRITE_CASES=1 and otherwise compares.
import type { ForeignCase } from './foreign_pieces.js';
import { kRefusedCases } from './foreign_refused.js';
import { kSpelledCases } from './foreign_spelled.js';
import { kStatedCases } from './foreign_stated.js';

export const kForeignCases: ForeignCase[] = [...kStatedCases, ...kSpelledCases, ...kRefusedCases];
