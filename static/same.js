// "The same from elsewhere": what this page does as a REST call, in Python and on the command line, each with a button that copies it.
import texts from "/console/words/same.json" with { type: "json" };
import { copyable } from "/console/dialogs.js";
import { element, said } from "/console/dom.js";
import { sayer } from "/console/words.js";

const say = sayer(texts);

// A block that is folded up; of `rest`, `python` and `cli` those that are not given are left out.
export function sameElsewhere(ways) {
  const blocks = ["rest", "python", "cli"].filter((way) => ways[way]).map((way) => copyable(ways[way], say(way)));
  return element("details", { className: "same" }, said("summary", say("title")), said("p", say("before"), "soft"), ...blocks);
}
