import type { DomainModule, FormStep } from "@/lib/define";

/**
 * What is wrong with the steps from old forms to new ones: each type's lead, one version at a time, to the version that
 * its schema describes, or, of a retired type, to a split; a split names forms that can be read; and none leads back.
 */
export function upcasterFaults(modules: readonly DomainModule[]): string[] {
  const forms = readableForms(modules);
  return [...modules.flatMap((module) => stepFaults(module, modules)), ...targetFaults(forms), ...circleFaults(forms)];
}

/** Each form that can be read, as "Type 2", with the step that leads on from it; null at the current version. */
type Forms = ReadonlyMap<string, FormStep | null>;

function readableForms(modules: readonly DomainModule[]): Forms {
  const forms = new Map<string, FormStep | null>();
  for (const { events, upcasters } of modules) {
    for (const { type, schemaVersion } of Object.values(events)) forms.set(formName(type, schemaVersion), null);
    for (const step of upcasters) forms.set(formName(step.type, step.from), step);
  }
  return forms;
}

function stepFaults({ name, events, upcasters }: DomainModule, modules: readonly DomainModule[]): string[] {
  const faults: string[] = [];
  for (const step of upcasters) {
    if ("to" in step && step.to !== step.from + 1)
      faults.push(`an upcaster of ${step.type} leaps from ${step.from} to ${step.to}`);
    const owner = modules.find((other) => Object.hasOwn(other.events, step.type));
    if (owner && owner.events !== events) faults.push(`module ${name} upcasts ${step.type}, which is ${owner.name}'s`);
  }
  for (const type of new Set([...Object.keys(events), ...upcasters.map((step) => step.type)])) {
    const steps = upcasters.filter((step) => step.type === type).sort((a, b) => a.from - b.from);
    const current = Object.hasOwn(events, type) ? events[type]?.schemaVersion : undefined;
    const oldest = steps[0]?.from ?? current ?? 1;
    const inOrder = steps.every(({ from }, index) => from === oldest + index);
    const last = steps.at(-1);
    if (current === undefined) {
      if (!inOrder || !last || !("split" in last))
        faults.push(`module ${name} upcasts ${type}, which it does not declare, and no split ends its steps`);
    } else if (!inOrder || oldest + steps.length !== current) {
      const versions = steps.map(({ from }) => from).join(", ");
      faults.push(`the upcasters of ${type} (from ${versions}) do not lead to version ${current}`);
    }
  }
  return faults;
}

function targetFaults(forms: Forms): string[] {
  return [...forms].flatMap(([form, step]) => {
    if (!step || !("into" in step)) return [];
    const targets = targetsOf(step);
    if (targets.length === 0) return [`the split of ${form} names nothing that it becomes`];
    return targets
      .filter((target) => !forms.has(target))
      .map((target) => `${form} becomes ${target}, which is not known`);
  });
}

/** A form that can be reached from itself would be read for ever. */
function circleFaults(forms: Forms): string[] {
  const left = new Set<string>();
  const faults: string[] = [];
  const walk = (form: string, path: readonly string[]): void => {
    if (path.includes(form)) {
      faults.push(`${[...path.slice(path.indexOf(form)), form].join(" becomes ")}: that never ends`);
      return;
    }
    const step = forms.get(form);
    if (!step || left.has(form)) return;
    for (const target of targetsOf(step)) walk(target, [...path, form]);
    left.add(form);
  };
  for (const form of forms.keys()) walk(form, []);
  return faults;
}

function targetsOf(step: FormStep): string[] {
  if ("to" in step) return [formName(step.type, step.to)];
  return Object.entries(step.into).map(([type, version]) => formName(type, version));
}

function formName(type: string, version: number): string {
  return `${type} ${version}`;
}
