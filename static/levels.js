// What the levels of a project's members are called, and what each may do: all that those below it may, and more.
import texts from "/console/words/levels.json" with { type: "json" };
import { sayer } from "/console/words.js";

const say = sayer(texts);

export const levelName = (level) => texts.names[level - 1] ?? say("unknown", { level });
// Each level that somebody with level `most` may give, and its name.
export const levelsUpTo = (most) => texts.names.slice(0, most).map((name, at) => [at + 1, name]);

const listed = (levels) => {
  const deeds = levels.join("; ").split("; ");
  return say("and", { all: deeds.slice(0, -1).join("; "), last: deeds.at(-1) });
};
const about = (level) => ({ name: levelName(level), deeds: listed(texts.deeds.slice(0, level)) });

// "With level write one can see models …", and the same said to a member.
export const mayDo = (level) => say("may", about(level));
export const youMay = (level) => say("you", about(level));

// What a level can that the one below it cannot: in a sentence, and in the few words of an option.
export const adds = (level) => say(level === 1 ? "first" : "more", { deeds: listed([texts.deeds[level - 1]]) });
export const option = (level) => say("option", { name: levelName(level), short: texts.short[level - 1] });
