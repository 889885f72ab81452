// What the levels of a project's members are called, and what each may do.
const LEVELS = [
  [1, "reader", "sees models, runs, reports and logs, and downloads files"],
  [2, "writer", "also uploads files, and makes, cancels and deletes models and runs"],
  [3, "administrator", "also invites and removes people, changes their levels and the project's settings, and sees its usage"],
  [4, "owner", "also hands the project over and deletes it"],
];

export const levelName = (level) => LEVELS[level - 1]?.[1] ?? `level ${level}`;
export const levelsUpTo = (most) => LEVELS.slice(0, most);

// "You see models …, upload files …" of a level and all below it, as one sentence about `who`.
export function mayDo(level) {
  const parts = LEVELS.slice(0, level).map(([, , text]) => text.replace(/^also /, ""));
  return `A${/^[aeiou]/.test(levelName(level)) ? "n" : ""} ${levelName(level)} ${parts.join("; ")}.`;
}
