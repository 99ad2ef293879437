// The words of the candidates in English and Spanish.

export const CANDIDATES_EN = {
  six: "Compose six",
  "six-more": "Six more",
  candidates: "Candidates",
  "shown-candidates": "Candidates",
  "candidates-coming": ({ done, n }) => `${done} of ${n} are there …`,
  "candidates-there": ({ n, kept }) => `${n === 1 ? "1 tune" : `${n} tunes`}, ${kept} kept`,
  "round-place": ({ n, of }) => `Round ${n} of ${of}`,
  "round-before": "The round before",
  "round-after": "The next round",
  "on-hover": "Play when the mouse rests on a card",
  hear: ({ name }) => `Play ${name}`,
  kept: "Kept",
  drop: "Drop",
  dropped: ({ name }) => `${name} is dropped.`,
  "drop-rest": "Drop the rest",
  undrop: "Bring dropped ones back",
};

export const CANDIDATES_ES = {
  six: "Componer seis",
  "six-more": "Otras seis",
  candidates: "Candidatas",
  "shown-candidates": "Candidatas",
  "candidates-coming": ({ done, n }) => `${done} de ${n} están listas …`,
  "candidates-there": ({ n, kept }) =>
    `${n === 1 ? "1 melodía" : `${n} melodías`}, ${kept === 1 ? "1 guardada" : `${kept} guardadas`}`,
  "round-place": ({ n, of }) => `Tanda ${n} de ${of}`,
  "round-before": "La tanda anterior",
  "round-after": "La tanda siguiente",
  "on-hover": "Tocar cuando el ratón se detiene en una tarjeta",
  hear: ({ name }) => `Tocar ${name}`,
  kept: "Guardada",
  drop: "Descartar",
  dropped: ({ name }) => `${name} se ha descartado.`,
  "drop-rest": "Descartar el resto",
  undrop: "Recuperar las descartadas",
};
