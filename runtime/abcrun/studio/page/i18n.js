// The words of the page in English and Spanish, and the names of musical things in
// both.

import { CANDIDATES_EN, CANDIDATES_ES } from "./candidates_words.js";
import { COMPARE_EN, COMPARE_ES } from "./compare_words.js";
import { LIBRARY_EN, LIBRARY_ES } from "./library_words.js";
import { OWN_EN, OWN_ES } from "./own_words.js";
import { PRACTICE_EN, PRACTICE_ES } from "./practice_words.js";
import { LENGTHS_EN, LENGTHS_ES, SCORE_EN, SCORE_ES } from "./score_words.js";

const EN = {
  ...CANDIDATES_EN,
  ...COMPARE_EN,
  ...LIBRARY_EN,
  ...OWN_EN,
  ...PRACTICE_EN,
  ...SCORE_EN,
  skip: "To the score",
  open: "Open a file",
  opened: ({ name }) => `${name} is open.`,
  "opened-without": ({ name, what }) => `${name} is open. Not in the ABC: ${what}.`,
  "bad-file": ({ name }) => `${name} holds no tune in ABC or MusicXML.`,
  studio: "studio",
  theme: "Dark or light",
  offline:
    "No connection to the server. What you have stays here; it goes on when the server is back.",
  "no-score": "Its score and its sound come when the server is back.",
  "newer-page": "The server is of another version than this page.",
  reload: "Load the page anew",
  heading: "What shall it be?",
  rhythm: "Type of tune",
  meter: "Meter",
  key: "Key",
  mode: "Mode",
  length: "Length",
  form: "Form",
  mood: "Mood",
  calm: "calm",
  daring: "daring",
  moods: ["calm", "gentle", "balanced", "lively", "daring"],
  more: "Title, opening, seed",
  title: "Title",
  seed: "Seed (the same one, the same tune)",
  compose: "Compose",
  stop: "Stop",
  "at-once": "Play it at once",
  any: "surprise me",
  "any-meter": "any",
  "any-mode": "any",
  bars: ({ n }) => (n === 1 ? "1 bar" : `${n} bars`),
  retry: "Try again",
  dismiss: "Close",
  "empty-title": "An empty sheet",
  empty:
    "Choose what you like, or nothing at all, and press Compose. " +
    "The tune is written here, bar by bar, and you can listen while it grows.",
  redraw: "Redraw these bars, keep the rest",
  "play-here": "Play from here",
  unselect: "Clear",
  player: "Player",
  play: "Play",
  pause: "Pause",
  position: "Position in the tune",
  "position-text": ({ now, total, bar }) => `${now} of ${total}` + (bar ? `, ${bar}` : ""),
  instrument: "Instrument",
  volume: "Volume",
  mute: "Mute",
  manner: "What is played",
  chords: "Chords",
  graces: "Grace notes",
  swing: "Swing",
  tempo: "Tempo",
  "per-minute": ({ n }) => `${n} beats a minute`,
  pitch: "Transpose",
  "written-for": "Written for",
  "part-sounding": "as it sounds",
  "part-in": ({ note }) => `instruments in ${note}`,
  capo: ({ n }) => `guitar, capo ${n}`,
  "part-other": ({ n }) => `sounds ${n} semitones away`,
  "semitone-down": "Semitone down",
  "semitone-up": "Semitone up",
  "octave-down": "Octave down",
  "octave-up": "Octave up",
  "my-instrument": "My instrument",
  "no-player": "none chosen",
  fit: "Fit to my instrument",
  lacks: ({ name, notes }) => `${name}: cannot play ${notes}.`,
  "moved-to": ({ key }) => `Now in ${key}.`,
  "fits-already": "It is there already.",
  rework: "Rework",
  undo: "Undo",
  redo: "Redo",
  vary: "A variation",
  amount: "How much to vary",
  amounts: ["a touch", "a little", "some", "much", "everything"],
  take: "Take it with you",
  print: "Print",
  copy: "Copy the ABC text",
  copied: "Copied.",
  share: "Copy a link to this tune",
  shared: "The link is copied. It holds the whole tune; nothing is kept on the server.",
  text: "The text (ABC notation)",
  colophon:
    "Composed on this server by a small neural network that has read old tune books; " +
    "nothing leaves it.",
  "token-title": "This studio asks for its token",
  "token-text": "Whoever runs the server has it. It is kept until this tab is closed.",
  "token-wrong": "That is not its token.",
  token: "Token",
  enter: "Enter",
  composing: "Composing …",
  "composing-bar": ({ n }) => `Composing … bar ${n}`,
  redrawing: "Drawing the bars anew …",
  "adding-part": "Adding a part …",
  varying: "Writing a variation …",
  stopped: "Stopped.",
  waiting: ({ seconds }) => `The server is busy; trying again in ${seconds} s.`,
  incomplete: "The tune was given up before its end; compose again, or mend it.",
  "no-problems": "Every bar is right.",
  problems: ({ n }) => (n === 1 ? "One thing to mend" : `${n} things to mend`),
  remarks: ({ n }) => (n === 1 ? "one remark" : `${n} remarks`),
  place: ({ line, column }) => `line ${line}, column ${column}`,
  "remark-place": ({ line, column }) => `remark, line ${line}, column ${column}`,
  selected: ({ first, last }) => `Bars ${first} to ${last}`,
  "bar-name": ({ n }) => `Bar ${n}`,
  pickup: "Pickup",
  "pickup-to": ({ n }) => `Pickup to bar ${n}`,
  "bar-list":
    "Bars of the score: arrows move, Shift with Space selects, Shift with arrows selects more, Enter plays",
  "score-name": ({ name, bars }) => `Score of ${name}, ${bars}`,
  originality: ({ n, title, book }) =>
    `Longest run shared with a known tune: ${n} notes, ${title}${book ? ` · ${book}` : ""}.`,
  "originality-none": "It shares no run of notes with a known tune.",
  "seed-is": ({ seed }) => `Seed ${seed}.`,
  unplayable: ({ why }) => `The tune cannot be played: ${why}.`,
  "bad-link": "This link holds no tune that can be read; it may have been cut.",
  "made-new": "composed",
  "made-redrawn": "bars redrawn",
  "made-part": "part added",
  "made-varied": "variation",
  "made-edited": "edited",
  "made-transposed": "transposed",
  "made-link": "from a link",
  "made-file": "from a file",
  "made-back": "brought back",
  "copy-failed": "The browser does not let the page copy; select the text and copy it by hand.",
  unreadable: "The server's answer cannot be read.",
  "cut-off": "The answer was cut off; try again.",
  keys: "Keys",
  "keys-open": "Keys (?)",
  "keys-list": [
    ["Ctrl+Enter", "compose, or stop composing"],
    ["Space", "play or pause"],
    ["Ctrl+Z", "undo"],
    ["Ctrl+Shift+Z", "redo"],
    ["Ctrl+P", "print the tune"],
    ["← → ↑ ↓", "in the score: to another bar"],
    ["Shift+Space", "in the score: select the bar"],
    ["Shift+← Shift+→", "in the score: select more bars"],
    ["Enter", "in the score: play from the bar"],
    ["← →", "on the picture of the tune: 2 seconds back or on"],
    ["PageDown PageUp", "on the picture of the tune: 10 seconds back or on"],
    ["A B", "in a comparison: hear one or the other"],
    ["A … G", "on the piano keys: write that note"],
    ["Backspace", "on the piano keys: take the last one back"],
    ["?", "this list"],
  ],
  "a-tune": "Tune",
  "tune-in": ({ kind, key }) => `${kind} in ${key}`,
};

const ES = {
  ...CANDIDATES_ES,
  ...COMPARE_ES,
  ...LIBRARY_ES,
  ...OWN_ES,
  ...PRACTICE_ES,
  ...SCORE_ES,
  skip: "Ir a la partitura",
  open: "Abrir archivo",
  opened: ({ name }) => `${name} está abierto.`,
  "opened-without": ({ name, what }) => `${name} está abierto. No está en el ABC: ${what}.`,
  "bad-file": ({ name }) => `${name} no contiene ninguna melodía en ABC o MusicXML.`,
  studio: "estudio",
  theme: "Oscuro o claro",
  offline:
    "No hay conexión con el servidor. Lo que tienes sigue aquí; continuará cuando el servidor vuelva.",
  "no-score": "Su partitura y su sonido llegarán cuando el servidor vuelva.",
  "newer-page": "El servidor es de otra versión que esta página.",
  reload: "Cargar la página de nuevo",
  heading: "¿Qué va a ser?",
  rhythm: "Tipo de melodía",
  meter: "Compás",
  key: "Tonalidad",
  mode: "Modo",
  length: "Extensión",
  form: "Forma",
  mood: "Carácter",
  calm: "sereno",
  daring: "atrevido",
  moods: ["sereno", "suave", "equilibrado", "vivo", "atrevido"],
  more: "Título, comienzo, semilla",
  title: "Título",
  seed: "Semilla (la misma, la misma melodía)",
  compose: "Componer",
  stop: "Parar",
  "at-once": "Tocarla enseguida",
  any: "sorpréndeme",
  "any-meter": "cualquiera",
  "any-mode": "cualquiera",
  bars: ({ n }) => (n === 1 ? "1 compás" : `${n} compases`),
  retry: "Reintentar",
  dismiss: "Cerrar",
  "empty-title": "Una hoja en blanco",
  empty:
    "Elige lo que quieras, o nada, y pulsa Componer. " +
    "La melodía se escribe aquí, compás a compás, y puedes escucharla mientras crece.",
  redraw: "Rehacer estos compases, conservar el resto",
  "play-here": "Tocar desde aquí",
  unselect: "Quitar",
  player: "Reproductor",
  play: "Tocar",
  pause: "Pausa",
  position: "Posición en la melodía",
  "position-text": ({ now, total, bar }) => `${now} de ${total}` + (bar ? `, ${bar}` : ""),
  instrument: "Instrumento",
  volume: "Volumen",
  mute: "Silenciar",
  manner: "Qué se toca",
  chords: "Acordes",
  graces: "Notas de adorno",
  swing: "Swing",
  tempo: "Tempo",
  "per-minute": ({ n }) => `${n} pulsos por minuto`,
  pitch: "Transportar",
  "written-for": "Escrita para",
  "part-sounding": "como suena",
  "part-in": ({ note }) => `instrumentos en ${note}`,
  capo: ({ n }) => `guitarra, cejilla ${n}`,
  "part-other": ({ n }) => `suena a ${n} semitonos`,
  "semitone-down": "Semitono abajo",
  "semitone-up": "Semitono arriba",
  "octave-down": "Octava abajo",
  "octave-up": "Octava arriba",
  "my-instrument": "Mi instrumento",
  "no-player": "ninguno elegido",
  fit: "Ajustar",
  lacks: ({ name, notes }) => `${name}: no puede tocar ${notes}.`,
  "moved-to": ({ key }) => `Ahora en ${key}.`,
  "fits-already": "Ya está ahí.",
  rework: "Retocar",
  undo: "Deshacer",
  redo: "Rehacer",
  vary: "Una variación",
  amount: "Cuánto variar",
  amounts: ["apenas", "un poco", "algo", "mucho", "todo"],
  take: "Llévatela",
  print: "Imprimir",
  copy: "Copiar el texto ABC",
  copied: "Copiado.",
  share: "Copiar un enlace a esta melodía",
  shared: "Enlace copiado. Contiene la melodía entera; en el servidor no queda nada.",
  text: "El texto (notación ABC)",
  colophon:
    "Compuesto en este servidor por una pequeña red neuronal que ha leído viejos libros de melodías; " +
    "nada sale de él.",
  "token-title": "Este estudio pide su clave",
  "token-text": "La tiene quien mantiene el servidor. Se guarda hasta que se cierre esta pestaña.",
  "token-wrong": "Esa no es su clave.",
  token: "Clave",
  enter: "Entrar",
  composing: "Componiendo …",
  "composing-bar": ({ n }) => `Componiendo … compás ${n}`,
  redrawing: "Rehaciendo los compases …",
  "adding-part": "Añadiendo una parte …",
  varying: "Escribiendo una variación …",
  stopped: "Parado.",
  waiting: ({ seconds }) => `El servidor está ocupado; otro intento en ${seconds} s.`,
  incomplete: "La melodía se abandonó antes del final; compón otra o corrígela.",
  "no-problems": "Todos los compases están bien.",
  problems: ({ n }) => (n === 1 ? "Una cosa por corregir" : `${n} cosas por corregir`),
  remarks: ({ n }) => (n === 1 ? "una observación" : `${n} observaciones`),
  place: ({ line, column }) => `línea ${line}, columna ${column}`,
  "remark-place": ({ line, column }) => `observación, línea ${line}, columna ${column}`,
  selected: ({ first, last }) => `Compases ${first} a ${last}`,
  "bar-name": ({ n }) => `Compás ${n}`,
  pickup: "Anacrusa",
  "pickup-to": ({ n }) => `Anacrusa del compás ${n}`,
  "bar-list":
    "Compases de la partitura: las flechas mueven, Mayús con Espacio selecciona, " +
    "Mayús con flechas amplía, Intro toca",
  "score-name": ({ name, bars }) => `Partitura de ${name}, ${bars}`,
  originality: ({ n, title, book }) =>
    `Pasaje más largo en común con una melodía conocida: ${n} notas, ` +
    `${title}${book ? ` · ${book}` : ""}.`,
  "originality-none": "No comparte ningún pasaje con una melodía conocida.",
  "seed-is": ({ seed }) => `Semilla ${seed}.`,
  unplayable: ({ why }) => `La melodía no se puede tocar: ${why}.`,
  "bad-link": "Este enlace no contiene una melodía legible; quizá se cortó.",
  "made-new": "compuesta",
  "made-redrawn": "compases rehechos",
  "made-part": "parte añadida",
  "made-varied": "variación",
  "made-edited": "editada",
  "made-transposed": "transportada",
  "made-link": "de un enlace",
  "made-file": "de un archivo",
  "made-back": "recuperada",
  "copy-failed": "El navegador no deja copiar a la página; selecciona el texto y cópialo a mano.",
  unreadable: "No se entiende la respuesta del servidor.",
  "cut-off": "La respuesta se cortó; inténtalo otra vez.",
  keys: "Teclas",
  "keys-open": "Teclas (?)",
  "keys-list": [
    ["Ctrl+Intro", "componer, o dejar de componer"],
    ["Espacio", "tocar o parar"],
    ["Ctrl+Z", "deshacer"],
    ["Ctrl+Mayús+Z", "rehacer"],
    ["Ctrl+P", "imprimir la melodía"],
    ["← → ↑ ↓", "en la partitura: a otro compás"],
    ["Mayús+Espacio", "en la partitura: elegir el compás"],
    ["Mayús+← Mayús+→", "en la partitura: elegir más compases"],
    ["Intro", "en la partitura: tocar desde el compás"],
    ["← →", "en el dibujo de la melodía: 2 segundos atrás o adelante"],
    ["AvPág RePág", "en el dibujo de la melodía: 10 segundos atrás o adelante"],
    ["A B", "en una comparación: oír una u otra"],
    ["A … G", "en las teclas de piano: escribir esa nota"],
    ["Retroceso", "en las teclas de piano: quitar la última"],
    ["?", "esta lista"],
  ],
  "a-tune": "Melodía",
  "tune-in": ({ kind, key }) => `${kind} en ${key}`,
};

const RHYTHMS_ES = {
  jig: "jiga",
  reel: "reel",
  hornpipe: "hornpipe",
  polka: "polca",
  waltz: "vals",
  air: "aire",
  march: "marcha",
  "slip jig": "slip jig",
  slide: "slide",
  strathspey: "strathspey",
  minuet: "minueto",
  mazurka: "mazurca",
  fling: "fling",
  clog: "clog",
  quickstep: "quickstep",
  "set dance": "danza de figuras",
  song: "canción",
};

const INSTRUMENTS_ES = {
  harp: "arpa",
  fiddle: "violín",
  flute: "flauta",
  whistle: "flautín irlandés",
  concertina: "concertina",
  accordion: "acordeón",
  pipes: "gaita",
  guitar: "guitarra",
  banjo: "banjo",
  dulcimer: "dulcémele",
  piano: "piano",
};

// What players call an instrument, where that is not its name on the server.
const PLAYERS = {
  whistle: "whistle in D",
  flute: "wooden flute",
  pipes: "uilleann pipes",
  concertina: "English concertina",
  anglo: "anglo concertina",
};

const PLAYERS_ES = {
  mandolin: "mandolina",
  whistle: "flautín irlandés en re",
  flute: "flauta de madera",
  "concert flute": "flauta travesera",
  pipes: "gaita irlandesa",
  "highland pipes": "gaita escocesa",
  concertina: "concertina inglesa",
  anglo: "concertina anglo",
  clarinet: "clarinete",
  trumpet: "trompeta",
  "tenor saxophone": "saxo tenor",
  "alto saxophone": "saxo alto",
  horn: "trompa",
};

const MODES_ES = {
  major: "mayor",
  minor: "menor",
  dorian: "dórico",
  mixolydian: "mixolidio",
  lydian: "lidio",
  phrygian: "frigio",
  locrian: "locrio",
};

const TONICS_ES = { C: "do", D: "re", E: "mi", F: "fa", G: "sol", A: "la", B: "si" };

let language = "en";

/** Write a text with a capital at its beginning. */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** The language of the page, "en" or "es". */
export const currentLanguage = () => language;

/** Return what a function says in a language that need not be the page's. */
export function speaking(other, say) {
  const own = language;
  language = other;
  try {
    return say();
  } finally {
    language = own;
  }
}

/** Return a text in the page's language, with values put in. */
export function t(key, values = {}) {
  const text = (language === "es" ? ES : EN)[key];
  if (text === undefined) throw new Error(`no text for ${key}`);
  return typeof text === "function" ? text(values) : text;
}

// The server's names are English; one that has no Spanish name stays as it is.
const named = (spanish, name) => (language === "es" ? (spanish[name] ?? name) : name);

export const rhythmName = (rhythm) => named(RHYTHMS_ES, rhythm);
export const instrumentName = (instrument) => named(INSTRUMENTS_ES, instrument);
export const modeName = (mode) => named(MODES_ES, mode);

/** Name the length of a note in whole notes: "1/8" is "quaver". */
export const lengthName = (length) =>
  (language === "es" ? LENGTHS_ES : LENGTHS_EN)[length] ?? length;

/** Name an instrument that a tune is to fit: "whistle in Bb" is "whistle in B♭". */
export function playerName(player) {
  const key = /^whistle in (.*)$/.exec(player)?.[1];
  if (language !== "es") return key ? `whistle in ${tonicName(key)}` : (PLAYERS[player] ?? player);
  if (key) return `${INSTRUMENTS_ES.whistle} en ${tonicName(key)}`;
  return PLAYERS_ES[player] ?? INSTRUMENTS_ES[player] ?? player;
}

/** Name a note with its octave: "F#4" is "F♯4". */
export const noteName = (note) => tonicName(note.slice(0, -1)) + note.slice(-1);

/** Name a tonic: "F#" is "F♯", in Spanish "fa♯". */
export function tonicName(tonic) {
  const letter = language === "es" ? TONICS_ES[tonic[0]] : tonic[0];
  return letter + tonic.slice(1).replaceAll("#", "♯").replaceAll("b", "♭");
}

/** Take a language, and write in it all elements that are marked with data-t. */
export function setLanguage(chosen) {
  language = chosen === "es" ? "es" : "en";
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-t]"))
    element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
  }
  for (const element of document.querySelectorAll("[data-t-placeholder]")) {
    element.placeholder = t(element.dataset.tPlaceholder);
  }
}
