/** Each test that failed in a report of Vitest, as one line: its file, its name and the first line of why. */
export function failedInVitest({ testResults }) {
  return testResults.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status !== "passed");
    if (failed.length === 0) return message ? [line(name, "the file", message)] : [];
    return failed.map(({ fullName, status, failureMessages }) => line(name, fullName, failureMessages?.[0] ?? status));
  });
}

/** Each test that did not pass at once in a report of Playwright, as one line. */
export function failedInPlaywright({ suites, errors }) {
  const inSuite = (suite) => [
    ...(suite.suites ?? []).flatMap(inSuite),
    ...suite.specs.flatMap(({ file, title, tests }) =>
      tests
        .filter(({ status }) => status !== "expected")
        .map(({ status, results }) => line(file, title, results.find(({ error }) => error)?.error.message ?? status)),
    ),
  ];
  return [...suites.flatMap(inSuite), ...errors.map(({ message }) => line("", "outside of a test", message))];
}

function line(file, title, message) {
  const why = message
    .split("\n")
    .map((part) => part.trim())
    .filter(Boolean)
    .slice(0, 4)
    .join(" ");
  return `${file.slice(file.lastIndexOf("/") + 1)}: ${title}: ${why.slice(0, 400)}`;
}
