// What the levels of a project's members are called, and what each may do: all that those below it may, and more.
import texts from "/console/words/levels.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);

export const levelName = (level) => texts.names[level - 1] ?? say("unknown", { level });
// Each level that somebody with level `most` may give: [it, its name, what it can that the one below it cannot, its words as an option].
export const levelsUpTo = (most) => texts.names.slice(0, most).map((name, at) => [at + 1, name, texts.adds[at], texts.options[at]]);

const about = (level) => ({ name: levelName(level), deeds: texts.deeds[level - 1] });
export const mayDo = (level) => say("may", about(level));
export const youMay = (level) => say("you", about(level));
