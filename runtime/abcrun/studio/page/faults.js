// What the server finds wrong, in the page's language. Its own lines are English.

import { makeSpan } from "./dom.js";
import { currentLanguage } from "./i18n.js";

// A text that ends with a colon says only what is the matter: the server's line, which
// says more, stands behind it. All others are whole. A function takes what the server
// names beside its line, and may know no better than the colon.

// By the kind of a refusal, as abcrun.studio.errors names them.
const REFUSALS_ES = {
  usage: "Lo que se pide no es posible:",
  opening: "Con estos primeros compases no se puede seguir:",
  notation: "Este texto ABC no se puede leer:",
  render: "De esta melodía no se puede hacer una partitura o un sonido:",
  busy: "El servidor tiene demasiado trabajo; inténtalo dentro de un rato",
  closing: "El servidor se está parando; inténtalo dentro de un rato",
  timeout: "Ha tardado demasiado; pide menos de una vez",
  "too-large": "Es demasiado grande para este servidor",
  slow: "Los datos tardaron demasiado en llegar",
  crash: "Algo falló en el servidor con esta melodía",
  internal: "Algo falló en el servidor; su registro dice qué",
  model: "El modelo del servidor no se puede usar:",
  unauthorized: "La clave no es la de este servidor",
  quota: "Con esta clave ya se ha pedido todo lo de ahora; espera un poco",
  "not-found": "Eso no está en este servidor",
  host: "El servidor no atiende a esta dirección:",
  origin: "El servidor no atiende a páginas de otro sitio:",
};

// By the kind of a problem in a text, as abcrun.notation.problem names them.
const PROBLEMS_ES = {
  "no-tune": "No hay ninguna melodía: falta una línea que empiece por X: y un número",
  "no-reference": "La melodía no empieza por X: y un número",
  "no-key": "La melodía no tiene K:, la tonalidad con que acaba la cabecera",
  "no-notes": "La melodía no tiene notas",
  unreadable: (sign = "") => (sign ? `«${sign}» no significa nada aquí` : "Esto no se entiende:"),
  unclosed: "Falta el final:",
  field: "El valor de este campo no significa nada:",
  rhythm: "A un grupo rítmico le faltan notas:",
  "broken-rhythm": (sign, before, behind) =>
    `«${sign}» está entre notas de distinta duración, ${before} y ${behind}: ` +
    "cada programa lo toca a su manera",
  "bar-length": (has, asked) => `El compás dura ${has}, y su métrica pide ${asked}`,
  "bar-line": "Falta la barra al final de la línea",
  "blank-line": "Una línea en blanco termina la melodía, y la música sigue detrás",
  unsupported: "Esto no se tiene en cuenta:",
  bounds: "Hay más de lo que se puede leer:",
};

/** Return what an error of the server says, as nodes. */
export const refusalText = (error) => told(REFUSALS_ES, error);

/** Return what a problem in a text is, as nodes. */
export const problemText = (problem) => told(PROBLEMS_ES, problem);

function told(table, { kind, message, values = [] }) {
  const english = makeSpan("english", message);
  english.lang = "en";
  const entry = currentLanguage() === "es" ? table[kind] : undefined;
  const isKnown = typeof entry !== "function" || values.length >= entry.length;
  if (entry === undefined || !isKnown) return [english];
  const spanish = typeof entry === "string" ? entry : entry(...values);
  return spanish.endsWith(":") ? [`${spanish} `, english] : [spanish];
}
