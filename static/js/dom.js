// The elements that a page's template promises to have. One that is missing is the page's fault, and is told by name.

/**
 * The element that `selector` names, which is of this class.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} kind
 * @param {ParentNode} [within]
 * @returns {T}
 */
export function find(selector, kind, within = document) {
  const element = within.querySelector(selector);
  if (element instanceof kind) return element;
  throw new TypeError(`This page has no ${kind.name} at “${selector}”.`);
}

/**
 * All elements of this class that `selector` names.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} kind
 * @param {ParentNode} [within]
 * @returns {T[]}
 */
export function findAll(selector, kind, within = document) {
  return [...within.querySelectorAll(selector)].flatMap((element) => (element instanceof kind ? [element] : []));
}

/**
 * What the template wrote with json_script under this id.
 * @param {string} id
 * @returns {any}
 */
export function readJson(id) {
  return JSON.parse(find(`#${id}`, HTMLScriptElement).text);
}

/**
 * What draws on a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [options]
 */
export function penOf(canvas, options) {
  const pen = canvas.getContext("2d", options);
  if (!pen) throw new Error("This browser cannot draw on a canvas.");
  return pen;
}

/**
 * Resolves after so many milliseconds.
 * @param {number} milliseconds
 * @returns {Promise<void>}
 */
export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Put values into the %(name)s of a translated sentence.
 * @param {string} sentence
 * @param {Record<string, string | number>} values
 */
export function fill(sentence, values) {
  return sentence.replace(/%\((\w+)\)s/g, (_whole, name) => String(values[name] ?? ""));
}
