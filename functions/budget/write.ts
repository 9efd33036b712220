/** What the budget's item holds under a name. */
export type Value = number | string | Uint8Array;
export type Attributes = Readonly<Record<string, Value>>;

/** One thing that must hold for a write to happen. */
export type Condition = { attribute: string } & (
  | { equals: Value }
  | { below: number }
  | { from: number; to: number }
  | { absent: true }
);

/** One thing a write changes. Copies see the item as it was before the write, like everything on a right-hand side. */
export type Change = { attribute: string } & ({ set: Value } | { add: number } | { copyOf: string } | { remove: true });

/** One conditional update as data: every condition holds and everything changes, or nothing does. */
export type Write = { conditions: readonly Condition[]; changes: readonly Change[] };

/** The write in DynamoDB's own words. */
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
    if (/^[a-z]+\d*$/.test(attribute)) return attribute;
    const placeholder = `#${attribute[0]}`;
    names[placeholder] = attribute;
    return placeholder;
  };
  const refer = (value: Value): string => {
    const placeholder = value === 1 ? ":one" : `:v${count++}`;
    values[placeholder] = wire(value);
    return placeholder;
  };
  const conditions = write.conditions.map((condition) => {
    const name = nameOf(condition.attribute);
    if ("equals" in condition) return `${name} = ${refer(condition.equals)}`;
    if ("below" in condition) return `${name} < ${refer(condition.below)}`;
    if ("from" in condition) return `${name} BETWEEN ${refer(condition.from)} AND ${refer(condition.to)}`;
    return `attribute_not_exists(${name})`;
  });
  const sets: string[] = [];
  const removes: string[] = [];
  for (const change of write.changes) {
    if ("remove" in change) {
      // Many can go at once, so each needs a placeholder of its own.
      const placeholder = `#r${removes.length}`;
      names[placeholder] = change.attribute;
      removes.push(placeholder);
      continue;
    }
    const name = nameOf(change.attribute);
    if ("set" in change) sets.push(`${name} = ${refer(change.set)}`);
    else if ("copyOf" in change) sets.push(`${name} = ${change.copyOf}`);
    else if (change.add < 0) sets.push(`${name} = ${name} - ${refer(-change.add)}`);
    else sets.push(`${name} = ${name} + ${refer(change.add)}`);
  }
  const set = sets.length === 0 ? "" : `SET ${sets.join(", ")}`;
  const remove = removes.length === 0 ? "" : ` REMOVE ${removes.join(", ")}`;
  return {
    UpdateExpression: `${set}${remove}`.trim(),
    ConditionExpression: conditions.join(" AND "),
    ...(Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names }),
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
  };
}
