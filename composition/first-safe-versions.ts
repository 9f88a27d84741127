export interface FirstSafeVersion {
  runtime: 'node' | 'postgresql';
  major: number;
  /** The first of its major without the fault. */
  version: string;
  /** When it was published, or, where only a report of it is known, when that was read. */
  since: string;
  why: string;
}

/**
 * What this product pins, or runs on, has to be looked after: the first version of each supported major in which every
 * fault that concerns us is mended. Whoever raises a pin, or hears of a release, looks through this table. A major that is
 * not in it gets no mending any more.
 */
export const FIRST_SAFE_VERSIONS: readonly FirstSafeVersion[] = [
  // From one report, which names these versions; until a second one says otherwise it is taken for true.
  ...(['22.23.4', '24.22.1', '26.12.1'] as const).map((version) => ({
    runtime: 'node' as const,
    major: Number.parseInt(version, 10),
    version,
    since: '2026-12-01',
    why: 'a fatal memory fault of the bundled Brotli decoder',
  })),
  // https://www.postgresql.org/support/security/: eleven faults, three of them with a severity of 8.8.
  ...(['15.18', '16.14', '17.10', '18.4'] as const).map((version) => ({
    runtime: 'postgresql' as const,
    major: Number.parseInt(version, 10),
    version,
    since: '2026-05-14',
    why: 'CVE-2026-6473 and ten others',
  })),
];
