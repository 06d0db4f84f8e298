import { Link } from "./link.client";

/**
 * A few looks at one page, of which one is chosen; each is a link to its address. With `keep` a press neither scrolls nor
 * leaves a step to come back to.
 */
export function Segments<Choice extends string>({
  label,
  choices,
  chosen,
  href,
  words = String,
  keys,
  keep = false,
}: {
  label: string;
  choices: readonly Choice[];
  /** Undefined when none of them is what is shown. */
  chosen: Choice | undefined;
  href: (choice: Choice) => string;
  words?: (choice: Choice) => string;
  /** The key that chooses each. */
  keys?: (choice: Choice) => string | undefined;
  keep?: boolean;
}) {
  return (
    <nav aria-label={label} className="segments">
      {choices.map((choice) => (
        <Link
          key={choice}
          href={href(choice)}
          {...(keep ? { replace: true, scroll: false } : {})}
          aria-current={choice === chosen ? "true" : undefined}
          aria-keyshortcuts={keys?.(choice)}
        >
          {words(choice)}
        </Link>
      ))}
    </nav>
  );
}
