// "The same from elsewhere": what this page does as a REST call, in Python and on the command line, each with a button that copies it.
import texts from "/console/words/same.json" with { type: "json" };
import { copyable } from "/console/dialogs.js";
import { el } from "/console/dom.js";
import { sayer } from "/console/words.js";

const say = sayer(texts);

// A block that is folded up; of `rest`, `python` and `cli` those that are not given are left out.
export function sameElsewhere(ways) {
  const blocks = ["rest", "python", "cli"].filter((way) => ways[way]).map((way) => copyable(ways[way], say(way)));
  return el("details.same", el("summary", say("title")), el("p.soft", say("before")), blocks);
}

// Requests as a page's catalogue lists them, "METHOD /path BODY", for a shell and for Python.
const REQUEST = /^(\w+) (\S+) ?(.*)$/;
const PYTHON = 'import os, requests\n\nurl, headers = os.environ["GRETEL_ENDPOINT"], {"Authorization": os.environ["GRETEL_API_KEY"]}';

function curl(request) {
  const [, method, path, body] = REQUEST.exec(request);
  return `curl${method === "GET" ? "" : ` -X ${method}`} -H "Authorization: $GRETEL_API_KEY"${body && ` -d '${body}'`} "$GRETEL_ENDPOINT${path}"`;
}

function python(request) {
  const [, method, path, body] = REQUEST.exec(request);
  return `print(requests.${method.toLowerCase()}(url + "${path}", headers=headers${body && `, data='${body}'`}).text)`;
}

// Such a block in each element of the page that has data-same: the key of its requests and commands in the page's texts.
export function sayElsewhere(texts) {
  for (const place of document.querySelectorAll("[data-same]")) {
    const { requests, commands } = texts[place.dataset.same];
    const lines = { rest: requests.map(curl), python: [PYTHON, ...requests.map(python)], cli: commands };
    place.append(sameElsewhere(Object.fromEntries(Object.entries(lines).map(([way, text]) => [way, text?.join("\n")]))));
  }
}
