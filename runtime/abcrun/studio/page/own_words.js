// The words for music of one's own in English and Spanish.

export const OWN_EN = {
  pasted: ({ count, known }) =>
    (count === 1 ? "1 tune has come in" : `${count} tunes have come in`) +
    (known ? `, ${known} ${known === 1 ? "was" : "were"} here before` : "") +
    ": the first is on the sheet.",
  "pasted-known": "These tunes were here before: the first is on the sheet.",
  "pasted-name": "The pasted text",
};

export const OWN_ES = {
  pasted: ({ count, known }) =>
    (count === 1 ? "Ha entrado 1 melodía" : `Han entrado ${count} melodías`) +
    (known ? `, ${known} ya ${known === 1 ? "estaba" : "estaban"} aquí` : "") +
    ": la primera está en la hoja.",
  "pasted-known": "Estas melodías ya estaban aquí: la primera está en la hoja.",
  "pasted-name": "El texto pegado",
};
