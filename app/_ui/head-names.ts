/**
 * A table's heads as the custom properties `--head-1` and on: on a phone, where a row is stacked and the head is not drawn,
 * each value has the name of its column from there (`tables.css`). A head without a name leaves its column without one.
 */
export function headNames(names: readonly (string | undefined)[]): React.CSSProperties {
  return Object.fromEntries(
    names.flatMap((name, index) => (name === undefined ? [] : [[`--head-${index + 1}`, JSON.stringify(name)]])),
  );
}
