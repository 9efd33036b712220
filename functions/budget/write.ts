/** What the budget's item holds under a name. */
export type Value = number | string | Uint8Array;
export type Attributes = Readonly<Record<string, Value>>;

/** One thing that must hold for a write to happen. */
export type Condition = { attribute: string } & ({ equals: Value } | { below: number } | { absent: true });

/** One thing a write changes. Copies see the item as it was before the write, like everything on a right-hand side. */
export type Change = { attribute: string } & ({ set: Value } | { add: number } | { copyOf: string } | { remove: true });

/** One conditional update as data: every condition holds and everything changes, or nothing does. */
export type Write = { conditions: readonly Condition[]; changes: readonly Change[] };

/** The write in DynamoDB's own words, as few as will do: they are parsed for every call. */
export type Expressions<Wire> = {
  UpdateExpression: string;
  ConditionExpression: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, Wire>;
};

export function express<Wire>(write: Write, wire: (value: Value) => Wire): Expressions<Wire> {
  const names: Record<string, string> = {};
  const values: Record<string, Wire> = {};
  let count = 0;
  const nameOf = (attribute: string): string => {
    // No word with a digit or an underscore is reserved, and neither are these.
    if (/^[a-z]+[\d_]\w*$|^(v|n|c|r|nm|cm|id|gu|gs)$/.test(attribute)) return attribute;
    const placeholder = `#${Object.keys(names).length}`;
    names[placeholder] = attribute;
    return placeholder;
  };
  const refer = (value: Value): string => {
    const placeholder = value === 1 ? ":one" : `:${count++}`;
    values[placeholder] = wire(value);
    return placeholder;
  };
  const conditions = write.conditions.map((condition) => {
    const name = nameOf(condition.attribute);
    if ("equals" in condition) return `${name}=${refer(condition.equals)}`;
    if ("below" in condition) return `${name}<${refer(condition.below)}`;
    return `attribute_not_exists(${name})`;
  });
  // ADD is shorter, but dynalite lets it change the copies too.
  const hasCopies = write.changes.some((change) => "copyOf" in change);
  const sets: string[] = [];
  const adds: string[] = [];
  const removes: string[] = [];
  for (const change of write.changes) {
    if ("remove" in change) {
      removes.push(nameOf(change.attribute));
      continue;
    }
    const name = nameOf(change.attribute);
    if ("set" in change) sets.push(`${name}=${refer(change.set)}`);
    else if ("copyOf" in change) sets.push(`${name}=${change.copyOf}`);
    else if (hasCopies) sets.push(`${name}=${name}+${refer(change.add)}`);
    else adds.push(`${name} ${refer(change.add)}`);
  }
  const clauses = { SET: sets, ADD: adds, REMOVE: removes };
  return {
    UpdateExpression: Object.entries(clauses)
      .flatMap(([clause, parts]) => (parts.length === 0 ? [] : [`${clause} ${parts.join(",")}`]))
      .join(" "),
    ConditionExpression: conditions.join(" AND "),
    ...(Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names }),
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
  };
}
