/** Rows of one kind in the order they came to be, found by any of their names: reference, id, key. */
export type Collection<Row> = {
  readonly rows: readonly Row[];
  get(name: string): Row | undefined;
  add(row: Row): Row;
  /** The reference that the next row should have. */
  nextReference(): string;
  /** Changes a row, and tells whoever watches. */
  change(row: Row, changed: Partial<Row>): Row;
  /** Whoever keeps an index wants to know which rows change. */
  watch(onChange: (row: Row) => void): void;
};

/**
 * @param firstReference references count up from here, so that a number alone tells what it names
 * @param namesOf every name a row can be found by
 */
export function createCollection<Row extends object>(
  firstReference: number,
  namesOf: (row: Row) => readonly string[],
): Collection<Row> {
  const rows: Row[] = [];
  const byName = new Map<string, Row>();
  const watchers: ((row: Row) => void)[] = [];
  return {
    rows,
    get: (name) => byName.get(name),
    add(row) {
      rows.push(row);
      for (const name of namesOf(row)) byName.set(name, row);
      return row;
    },
    nextReference: () => String(firstReference + rows.length),
    change(row, changed) {
      Object.assign(row, changed);
      for (const onChange of watchers) onChange(row);
      return row;
    },
    watch: (onChange) => void watchers.push(onChange),
  };
}
