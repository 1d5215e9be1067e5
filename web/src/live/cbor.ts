// A small deterministic CBOR: what the live socket uses of it, and nothing else (definite lengths, shortest
// integers, no maps, no floats). Bytes from outside never make it read past the end or allocate by a claim.

export type Cbor = number | bigint | string | boolean | null | Uint8Array | readonly Cbor[];

export class CborError extends Error {}

const NESTING_MAX = 8;

export function encode(value: Cbor): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  const push = (bytes: Uint8Array) => {
    parts.push(bytes);
    length += bytes.length;
  };
  write(value, push);
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function write(value: Cbor, push: (bytes: Uint8Array) => void): void {
  if (value === null) push(Uint8Array.of(0xf6));
  else if (value === false) push(Uint8Array.of(0xf4));
  else if (value === true) push(Uint8Array.of(0xf5));
  else if (typeof value === "number" || typeof value === "bigint") {
    if (typeof value === "number" && !Number.isSafeInteger(value)) throw new CborError("not an integer");
    push(value < 0 ? head(1, -1n - BigInt(value)) : head(0, BigInt(value)));
  } else if (typeof value === "string") {
    const bytes = new TextEncoder().encode(value);
    push(head(3, BigInt(bytes.length)));
    push(bytes);
  } else if (value instanceof Uint8Array) {
    push(head(2, BigInt(value.length)));
    push(value);
  } else {
    push(head(4, BigInt(value.length)));
    for (const item of value) write(item, push);
  }
}

function head(major: number, n: bigint): Uint8Array {
  const top = major << 5;
  if (n < 24n) return Uint8Array.of(top | Number(n));
  if (n < 0x100n) return Uint8Array.of(top | 24, Number(n));
  const size = n < 0x10000n ? 2 : n < 0x100000000n ? 4 : 8;
  const out = new Uint8Array(1 + size);
  out[0] = top | (size === 2 ? 25 : size === 4 ? 26 : 27);
  for (let i = size; i > 0; i--) {
    out[i] = Number(n & 0xffn);
    n >>= 8n;
  }
  return out;
}

/** Reads exactly one value; anything after it is an error. Byte strings are copies. */
export function decode(bytes: Uint8Array): Cbor {
  const reader = { bytes, at: 0 };
  const value = read(reader, 0);
  if (reader.at !== bytes.length) throw new CborError("bytes after the value");
  return value;
}

interface Reader {
  bytes: Uint8Array;
  at: number;
}

function read(r: Reader, depth: number): Cbor {
  if (depth > NESTING_MAX) throw new CborError("nested too deep");
  const first = r.bytes[r.at++];
  if (first === undefined) throw new CborError("ends early");
  if (first === 0xf4) return false;
  if (first === 0xf5) return true;
  if (first === 0xf6) return null;
  const major = first >> 5;
  const n = argument(r, first & 31);
  switch (major) {
    case 0:
      return n <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(n) : n;
    case 1:
      return n < BigInt(Number.MAX_SAFE_INTEGER) ? -1 - Number(n) : -1n - n;
    case 2:
      return take(r, n).slice();
    case 3:
      return new TextDecoder("utf-8", { fatal: true }).decode(take(r, n));
    case 4: {
      // Each item takes at least one byte: a longer claim is false.
      if (n > BigInt(r.bytes.length - r.at)) throw new CborError("array longer than its bytes");
      const items: Cbor[] = [];
      for (let i = 0; i < Number(n); i++) items.push(read(r, depth + 1));
      return items;
    }
    default:
      throw new CborError(`type ${major} is not used here`);
  }
}

function argument(r: Reader, info: number): bigint {
  if (info < 24) return BigInt(info);
  if (info > 27) throw new CborError("indefinite or reserved length");
  const size = 1 << (info - 24);
  const bytes = take(r, BigInt(size));
  let n = 0n;
  for (const byte of bytes) n = (n << 8n) | BigInt(byte);
  const least = [24n, 0x100n, 0x10000n, 0x100000000n][info - 24];
  if (least !== undefined && n < least) throw new CborError("not in the shortest form");
  return n;
}

function take(r: Reader, n: bigint): Uint8Array {
  if (n > BigInt(r.bytes.length - r.at)) throw new CborError("ends early");
  const from = r.at;
  r.at += Number(n);
  return r.bytes.subarray(from, r.at);
}
