// The words of the library in English and Spanish.

export const LIBRARY_EN = {
  library: "Your tunes",
  "to-library": "Tunes",
  tunes: ({ n }) => (n === 1 ? "1 tune" : `${n} tunes`),
  "library-empty":
    "Every tune that you compose or open comes here, and stays in this browser when the page is closed.",
  "none-found": "No tune is like that.",
  search: "Search",
  "search-hint": "name, key, type, tag …",
  shown: "Which tunes",
  "shown-all": "All",
  "shown-starred": "Starred",
  "shown-removed": "Removed",
  "empty-bin": "Delete these for good",
  star: ({ name }) => `Star ${name}`,
  "more-of": ({ name }) => `More about ${name}`,
  rename: "Rename",
  "rename-label": "Name",
  tag: "Tags",
  "tag-label": "Tags, with commas between them",
  versions: "Versions",
  keep: "Keep",
  remove: "Remove",
  removed: ({ name, n }) => (n === 1 ? `${name} is removed.` : `${n} tunes are removed.`),
  unremove: "Undo",
  "bring-back": "Bring back",
  delete: "Delete for good",
  elsewhere: "Another tab has changed this tune, too: all versions are kept (Versions in its menu).",
  "storage-full":
    "The browser's storage is full: what is new is not kept. Take your tunes with you, " +
    "then delete some for good.",
  "storage-unavailable":
    "The browser keeps nothing for this page (a private window?): take your tunes with you " +
    "before you close it.",
  "made-renamed": "renamed",
  "opened-book": ({ name, count, known }) =>
    `${name} is open: ${count === 1 ? "1 tune is" : `${count} tunes are`} new` +
    (known ? `, ${known} ${known === 1 ? "was" : "were"} here before.` : "."),
  unread: ({ name, n }) => `${n === 1 ? "1 tune" : `${n} tunes`} of ${name} cannot be read.`,
  "unread-at": ({ title, line }) => (title ? `${title} (line ${line}): ` : `Line ${line}: `),
  "and-more": ({ n }) => ` And ${n} more.`,
  "left-out": ({ name, n }) =>
    `${name} has ${n} more tunes than are opened at once: open the rest from a file of its own.`,
  "take-tunes": "Take tunes with you",
  taken: ({ n, isChosen }) =>
    isChosen
      ? `${n === 1 ? "1 tune is" : `${n} tunes are`} chosen.`
      : `${n === 1 ? "The 1 tune" : `All ${n} tunes`} of the list; tick some to take only those.`,
  choose: ({ name }) => `Choose ${name}`,
  "take-book": "One tunebook (ABC)",
  "take-print": "Printed book (PDF)",
  "book-title": "Tunes",
  printing: ({ n }) => (n === 1 ? "1 tune is printed …" : `${n} tunes are printed …`),
  printed: ({ n }) => (n === 1 ? "1 tune is in the book." : `${n} tunes are in the book.`),
  "not-printed": ({ names }) => `Not in the book, as they cannot be read: ${names}.`,
  "most-printed": ({ n }) => `One book holds ${n} tunes: choose some, and print the rest as another.`,
  "zip-format": "Files of the kind",
  "take-zip": "Files in a zip",
  "take-away": "Remove them",
  packing: ({ done, n }) => `${done} of ${n} files are made …`,
  packed: ({ n }) => (n === 1 ? "1 file is in the zip." : `${n} files are in the zip.`),
  "not-packed": ({ n }) => `Not in the zip: ${n === 1 ? "1 tune" : `${n} tunes`}.`,
};

export const LIBRARY_ES = {
  library: "Tus melodías",
  "to-library": "Melodías",
  tunes: ({ n }) => (n === 1 ? "1 melodía" : `${n} melodías`),
  "library-empty":
    "Cada melodía que compones o abres llega aquí, y queda en este navegador al cerrar la página.",
  "none-found": "Ninguna melodía es así.",
  search: "Buscar",
  "search-hint": "nombre, tonalidad, tipo, etiqueta …",
  shown: "Qué melodías",
  "shown-all": "Todas",
  "shown-starred": "Con estrella",
  "shown-removed": "Quitadas",
  "empty-bin": "Borrar estas del todo",
  star: ({ name }) => `Estrella para ${name}`,
  "more-of": ({ name }) => `Más sobre ${name}`,
  rename: "Cambiar el nombre",
  "rename-label": "Nombre",
  tag: "Etiquetas",
  "tag-label": "Etiquetas, con comas entre ellas",
  versions: "Versiones",
  keep: "Guardar",
  remove: "Quitar",
  removed: ({ name, n }) => (n === 1 ? `Se ha quitado ${name}.` : `Se han quitado ${n} melodías.`),
  unremove: "Deshacer",
  "bring-back": "Recuperar",
  delete: "Borrar del todo",
  elsewhere:
    "Otra pestaña también ha cambiado esta melodía: quedan todas las versiones (Versiones en su menú).",
  "storage-full":
    "El almacén del navegador está lleno: lo nuevo no se guarda. Llévate tus melodías " +
    "y borra algunas del todo.",
  "storage-unavailable":
    "El navegador no guarda nada de esta página (¿una ventana privada?): llévate tus melodías " +
    "antes de cerrarla.",
  "made-renamed": "con otro nombre",
  "opened-book": ({ name, count, known }) =>
    `${name} está abierto: ${count === 1 ? "1 melodía nueva" : `${count} melodías nuevas`}` +
    (known ? `, ${known} ya ${known === 1 ? "estaba" : "estaban"} aquí.` : "."),
  unread: ({ name, n }) =>
    `No se ${n === 1 ? "puede leer 1 melodía" : `pueden leer ${n} melodías`} de ${name}.`,
  "unread-at": ({ title, line }) => (title ? `${title} (línea ${line}): ` : `Línea ${line}: `),
  "and-more": ({ n }) => ` Y ${n} más.`,
  "left-out": ({ name, n }) =>
    `${name} tiene ${n} melodías más de las que se abren de una vez: abre el resto desde otro archivo.`,
  "take-tunes": "Llévate melodías",
  taken: ({ n, isChosen }) =>
    isChosen
      ? `${n === 1 ? "1 melodía elegida" : `${n} melodías elegidas`}.`
      : `${n === 1 ? "La única melodía" : `Las ${n} melodías`} de la lista; marca algunas para llevarte solo esas.`,
  choose: ({ name }) => `Elegir ${name}`,
  "take-book": "Un libro de melodías (ABC)",
  "take-print": "Libro para imprimir (PDF)",
  "book-title": "Melodías",
  printing: ({ n }) => (n === 1 ? "Se imprime 1 melodía …" : `Se imprimen ${n} melodías …`),
  printed: ({ n }) => (n === 1 ? "1 melodía en el libro." : `${n} melodías en el libro.`),
  "not-printed": ({ names }) => `Fuera del libro, porque no se pueden leer: ${names}.`,
  "most-printed": ({ n }) => `Un libro tiene ${n} melodías: elige algunas e imprime el resto en otro.`,
  "zip-format": "Archivos del tipo",
  "take-zip": "Archivos en un zip",
  "take-away": "Quitarlas",
  packing: ({ done, n }) => `${done} de ${n} archivos hechos …`,
  packed: ({ n }) => (n === 1 ? "1 archivo en el zip." : `${n} archivos en el zip.`),
  "not-packed": ({ n }) => `Fuera del zip: ${n === 1 ? "1 melodía" : `${n} melodías`}.`,
};
