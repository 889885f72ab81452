// What the levels of a project's members are called, and what each may do: all that those below it may, and more.
const LEVELS = [
  [1, "reader", ["see models, runs, reports and logs", "download files"]],
  [2, "writer", ["upload and delete files", "make, cancel and delete models and runs"]],
  [3, "administrator", ["invite and remove people", "change levels and the project's settings", "see what was used"]],
  [4, "owner", ["hand the project over", "delete it"]],
];
const SAYS = {
  can: (who, deeds) => `${who} can ${deeds}.`,
  adds: (deeds, level) => (level === 1 ? `can ${deeds}.` : `can also ${deeds}.`),
  you: (level) => `You are ${level} here: you`,
  and: " and ",
};

export const levelName = (level) => LEVELS[level - 1]?.[1] ?? `level ${level}`;
export const levelsUpTo = (most) => LEVELS.slice(0, most);

const article = (name) => `${/^[aeiou]/.test(name) ? "an" : "a"} ${name}`;

const listed = (deeds) => `${deeds.slice(0, -1).join("; ")}${SAYS.and}${deeds.at(-1)}`;
const sentence = (who, level) => SAYS.can(who, listed(LEVELS.slice(0, level).flatMap(([, , deeds]) => deeds)));

// "A writer can see models …", and the same said to a member.
export const mayDo = (level) => sentence(article(levelName(level)).replace(/^a/, "A"), level);
export const youMay = (level) => sentence(SAYS.you(article(levelName(level))), level);

// What a level can that the one below it cannot.
export const adds = (level) => SAYS.adds(listed(LEVELS[level - 1][2]), level);
