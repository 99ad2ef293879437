// The words for music of one's own in English and Spanish.

export const OWN_EN = {
  own: "Write your own tune",
  "empty-own": ({ key, meter }) =>
    `In ${key}, ${meter}, as it is chosen. Type letters, play notes, paste or open a tune: ` +
    "it is seen here as it is written.",
  write: "Write notes",
  "write-open": "Letters and piano keys",
  letters: "Notes as letters (ABC)",
  "piano-open": "Piano keys",
  piano: "Piano: arrows move, Enter or a letter from A to G writes, Backspace takes back",
  "octave-lower": "Octave lower",
  "octave-higher": "Octave higher",
  lengths: "Length of the notes",
  "note-lengths": {
    semiquaver: "semiquaver (1/16)",
    quaver: "quaver (1/8)",
    crotchet: "crotchet (1/4)",
    minim: "minim (1/2)",
  },
  dotted: "Dotted",
  rest: "Rest",
  "bar-line": "Bar line",
  "take-back": "Take back",
  written: ({ note, n }) => `${note}, bar ${n}.`,
  midi: "MIDI keyboard",
  "midi-on": ({ names }) => `${names}: play, and it is written.`,
  "midi-unplugged": "No MIDI keyboard is plugged in: plug one in, and it is heard.",
  "midi-none":
    "This browser has no Web MIDI here: take Chrome, Edge or Firefox, at an address with https.",
  "midi-refused": "The browser does not let the page hear MIDI: allow it beside the address.",
  "rework-hint":
    "Choose bars in the score to have just those drawn anew, or answered by as many behind them.",
  "go-on": "Go on from here",
  "going-on": "Going on from your bars …",
  part: ({ letter }) => `Add a ${letter} part`,
  answer: "Answer these bars",
  "answer-last": ({ n }) => (n === 1 ? "Answer the bar" : `Answer the last ${n} bars`),
  answering: "Writing an answer …",
  "made-answered": "answered",
  "made-went-on": "gone on with",
  opening: "Opening bars, as letters (ABC)",
  "opening-read": ({ key, meter }) => `Read in ${key}, ${meter}. It is gone on with from here.`,
  "opening-seen": ({ key, meter }) => `The opening as score, in ${key}, ${meter}`,
  "opening-fault": ({ n }) => `Bar ${n}: `,
  pasted: ({ count, known }) =>
    (count === 1 ? "1 tune has come in" : `${count} tunes have come in`) +
    (known ? `, ${known} ${known === 1 ? "was" : "were"} here before` : "") +
    ": the first is on the sheet.",
  "pasted-known": "These tunes were here before: the first is on the sheet.",
  "pasted-name": "The pasted text",
};

export const OWN_ES = {
  own: "Escribir tu melodía",
  "empty-own": ({ key, meter }) =>
    `En ${key}, ${meter}, como está elegido. Escribe letras, toca notas, pega o abre una melodía: ` +
    "se ve aquí mientras se escribe.",
  write: "Escribir notas",
  "write-open": "Letras y teclas de piano",
  letters: "Notas como letras (ABC)",
  "piano-open": "Teclas de piano",
  piano: "Piano: las flechas mueven, Intro o una letra de A a G escribe, Retroceso quita la última",
  "octave-lower": "Octava más grave",
  "octave-higher": "Octava más aguda",
  lengths: "Duración de las notas",
  "note-lengths": {
    semiquaver: "semicorchea (1/16)",
    quaver: "corchea (1/8)",
    crotchet: "negra (1/4)",
    minim: "blanca (1/2)",
  },
  dotted: "Con puntillo",
  rest: "Silencio",
  "bar-line": "Barra de compás",
  "take-back": "Quitar la última",
  written: ({ note, n }) => `${note}, compás ${n}.`,
  midi: "Teclado MIDI",
  "midi-on": ({ names }) => `${names}: toca, y queda escrito.`,
  "midi-unplugged": "No hay ningún teclado MIDI enchufado: enchufa uno y se oirá.",
  "midi-none":
    "Este navegador no tiene aquí Web MIDI: usa Chrome, Edge o Firefox, en una dirección con https.",
  "midi-refused": "El navegador no deja a la página oír MIDI: permítelo junto a la dirección.",
  "rework-hint":
    "Elige compases en la partitura para rehacer solo esos, o para darles respuesta detrás.",
  "go-on": "Seguir desde aquí",
  "going-on": "Siguiendo tus compases …",
  part: ({ letter }) => `Añadir una parte ${letter}`,
  answer: "Responder a estos compases",
  "answer-last": ({ n }) => (n === 1 ? "Responder al compás" : `Responder a los ${n} últimos compases`),
  answering: "Escribiendo una respuesta …",
  "made-answered": "con respuesta",
  "made-went-on": "continuada",
  opening: "Primeros compases, como letras (ABC)",
  "opening-read": ({ key, meter }) => `Se lee en ${key}, ${meter}. Desde aquí sigue.`,
  "opening-seen": ({ key, meter }) => `El comienzo como partitura, en ${key}, ${meter}`,
  "opening-fault": ({ n }) => `Compás ${n}: `,
  pasted: ({ count, known }) =>
    (count === 1 ? "Ha entrado 1 melodía" : `Han entrado ${count} melodías`) +
    (known ? `, ${known} ya ${known === 1 ? "estaba" : "estaban"} aquí` : "") +
    ": la primera está en la hoja.",
  "pasted-known": "Estas melodías ya estaban aquí: la primera está en la hoja.",
  "pasted-name": "El texto pegado",
};
