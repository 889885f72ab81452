// The building blocks of a page, in one place.
export * from "/console/dialogs.js";
export * from "/console/dom.js";
export * from "/console/forms.js";
export * from "/console/frame.js";
export * from "/console/same.js";
export * from "/console/session.js";
export * from "/console/words.js";
