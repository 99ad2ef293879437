// What the server finds wrong, in the page's language. Its own lines are English, and
// say more: in Spanish they stand behind.

import { makeSpan } from "./dom.js";
import { currentLanguage } from "./i18n.js";

// By the kind of a refusal, as abcrun.studio.errors names them.
const REFUSALS_ES = {
  usage: "Lo que se pide no es posible.",
  opening: "Con estos primeros compases no se puede seguir.",
  notation: "Este texto ABC no se puede leer.",
  render: "De esta melodía no se puede hacer una partitura o un sonido.",
  busy: "El servidor tiene demasiado trabajo.",
  closing: "El servidor se está parando; inténtalo dentro de un rato.",
  timeout: "Ha tardado demasiado; pide menos de una vez.",
  "too-large": "Es demasiado grande.",
  slow: "Los datos tardaron demasiado en llegar.",
  crash: "Algo falló en el servidor con esta melodía.",
  internal: "Algo falló en el servidor.",
  model: "El modelo del servidor no se puede usar.",
  unauthorized: "La clave no es la de este servidor.",
  quota: "Con esta clave ya se ha pedido todo lo de ahora; espera un poco.",
  "not-found": "Eso no está en este servidor.",
  host: "El servidor no atiende a esta dirección.",
  origin: "El servidor no atiende a páginas de otro sitio.",
};

// By the kind of a problem in a text, as abcrun.notation.problem names them.
const PROBLEMS_ES = {
  "no-tune": "No hay ninguna melodía.",
  "no-reference": "La melodía no empieza por X:.",
  "no-key": "Falta la tonalidad (K:).",
  "no-notes": "La melodía no tiene notas.",
  unreadable: "Esto no se entiende.",
  unclosed: "Falta el final de un acorde, de unas notas de adorno o de un texto.",
  field: "El valor de este campo no significa nada.",
  rhythm: "A un grupo rítmico le faltan notas.",
  "broken-rhythm": "Ritmo con puntillo entre notas de distinta duración.",
  "bar-length": "El compás es más largo o más corto de lo que pide su métrica.",
  "bar-line": "Falta la barra al final de la línea.",
  "blank-line": "Una línea en blanco termina aquí la melodía, y la música sigue detrás.",
  unsupported: "Esto no se tiene en cuenta.",
  bounds: "Hay más de lo que se puede leer.",
};

/** Return what an error of the server says, as nodes. */
export const refusalText = ({ kind, message }) => inBoth(REFUSALS_ES[kind], message);

/** Return what a problem in a text is, as nodes. */
export const problemText = ({ kind, message }) => inBoth(PROBLEMS_ES[kind], message);

function inBoth(spanish, message) {
  const english = makeSpan("english", message);
  english.lang = "en";
  return currentLanguage() === "es" && spanish ? [`${spanish} `, english] : [english];
}
