/** The parameters of a page's URL as Next hands them over. */
export type SearchParams = Promise<Readonly<Record<string, string | string[] | undefined>>>;

/** The one value of a parameter; the first when it was given twice; undefined when empty. */
export function one(value: string | string[] | undefined): string | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  return first === undefined || first === "" ? undefined : first;
}

/** The value when it is one of `choices`, else the first choice. */
export function choice<const Choice extends string>(
  value: string | string[] | undefined,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const given = one(value);
  return choices.find((option) => option === given) ?? choices[0];
}

/** A whole number of at least `min`, or undefined. */
export function wholeNumber(value: string | string[] | undefined, min: number): number | undefined {
  const text = one(value);
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined;
  const number = Number(text);
  return number >= min ? number : undefined;
}
