/** What no shred can speak of, one sentence each: said before it is approved, and in its certificate. */
export function outsideOf(exports: number): readonly string[] {
  return [
    "backups of the key database: until the last one that has a key is gone, on the day from which the certificate calls itself final, whoever restores one can open again what was sealed",
    "what was handed on: messages that were delivered, read models that somebody copied, screens and files that somebody kept",
    "ids of persons, metadata, actors, and texts that a domain does not declare as personal: they are stored as they are",
    "what a projection made of a personal value other than a copy of it, where no copy stood in its rows",
    "the database server's own log, where it is told to write the values of statements (log_parameter_max_length)",
    "the memory of a process that lost its connection to the key database without noticing: keys are remembered for 60 seconds at most, states of commands until it is connected again",
    ...(exports > 0 ? [`${exports} exported files of events: personal values stand in them sealed`] : []),
    "that AES-256-GCM holds; and this is no legal advice",
  ];
}
