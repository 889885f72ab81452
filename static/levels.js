// What the levels of a project's members are called, and what each may do: all that those below it may, and more.
const LEVELS = [
  [1, "read", ["see models, runs, reports and logs", "download files"], "may look and download"],
  [2, "write", ["upload and delete files", "make, cancel and delete models and runs"], "may also upload, train and generate"],
  [3, "administrator", ["invite and remove people", "change levels and the project's settings", "see what was used"], "may also invite and remove people"],
  [4, "owner", ["hand the project over", "delete it"], "may also hand the project over and delete it"],
];
const SAYS = {
  may: (name, deeds) => `With level ${name} one can ${deeds}.`,
  you: (name, deeds) => `Your level here is ${name}: you can ${deeds}.`,
  adds: (deeds, level) => (level === 1 ? `can ${deeds}.` : `can also ${deeds}.`),
  option: (name, short) => `${name} – ${short}`,
  and: " and ",
};

export const levelName = (level) => LEVELS[level - 1]?.[1] ?? `level ${level}`;
export const levelsUpTo = (most) => LEVELS.slice(0, most);

const listed = (deeds) => `${deeds.slice(0, -1).join("; ")}${SAYS.and}${deeds.at(-1)}`;
const allOf = (level) => listed(LEVELS.slice(0, level).flatMap(([, , deeds]) => deeds));

// "With level write one can see models …", and the same said to a member.
export const mayDo = (level) => SAYS.may(levelName(level), allOf(level));
export const youMay = (level) => SAYS.you(levelName(level), allOf(level));

// What a level can that the one below it cannot: in a sentence, and in the few words of an option.
export const adds = (level) => SAYS.adds(listed(LEVELS[level - 1][2]), level);
export const option = (level) => SAYS.option(levelName(level), LEVELS[level - 1][3]);
