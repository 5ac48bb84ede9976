// Just enough protobuf to write the .onnx files that tests need, damaged ones included.
export type Field = [number: number, value: number | string | Uint8Array];

function varint(value: number): number[] {
  const bytes: number[] = [];
  while (value >= 0x80) {
    bytes.push((value % 0x80) | 0x80);
    value = Math.floor(value / 0x80);
  }
  return [...bytes, value];
}

/** Numbers become varints, strings and bytes length-delimited fields. */
export function message(...fields: Field[]): Uint8Array {
  const parts = fields.map(([number, value]) => {
    if (typeof value === 'number')
      return Uint8Array.from([...varint(number * 8), ...varint(value)]);
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    return Buffer.concat([
      Uint8Array.from([...varint(number * 8 + 2), ...varint(bytes.length)]),
      bytes,
    ]);
  });
  return new Uint8Array(Buffer.concat(parts));
}
