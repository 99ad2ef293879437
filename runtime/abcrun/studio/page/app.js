// The page, put together: each part is a module beside this one, and here they meet.

import { Answers } from "./answers.js";
import { keepAwake } from "./awake.js";
import { Candidates } from "./candidates.js";
import { Compare } from "./compare.js";
import { Composing } from "./composing.js";
import { watchConnection } from "./connection.js";
import { Desk } from "./desk.js";
import { keepOffDock, showControls, showHeading, showSelection } from "./display.js";
import { byId } from "./dom.js";
import { Editor } from "./editor.js";
import { copyText, Files } from "./files.js";
import { follow } from "./following.js";
import { ComposeForm } from "./form.js";
import { TuneHistory } from "./history.js";
import { t } from "./i18n.js";
import { jsonOrKept, keepPage, KeptScores, tellOfNewer } from "./kept.js";
import { listKeys, startKeys, startSpace } from "./keys.js";
import { Library } from "./library.js";
import { Links } from "./links.js";
import { hideError, showError, showStatus, showWaiting, takeMissed } from "./notices.js";
import { NoteEditing } from "./note_editing.js";
import { Opening } from "./opening.js";
import { OpeningField } from "./opening_field.js";
import { startPasting } from "./pasting.js";
import { Paper } from "./paper.js";
import { Pitch } from "./pitch.js";
import { Player } from "./player.js";
import { Practice } from "./practice.js";
import { Preview } from "./preview.js";
import { Rework } from "./rework.js";
import { startRanges } from "./ranges.js";
import { Score } from "./score.js";
import { Sheet } from "./sheet.js";
import { Shelf } from "./shelf.js";
import { startLanguage, startTheme } from "./shell.js";
import { SoundSettings } from "./sound.js";
import { Synth } from "./synth.js";
import { debounce } from "./timing.js";
import { CurrentTune } from "./tune.js";
import { startVolume } from "./volume.js";

const RESIZE_PAUSE = 200; // milliseconds until a new width is taken as the final one

// --- The parts

const tune = new CurrentTune();
const library = new Library();
const tuneHistory = new TuneHistory(library);
const form = new ComposeForm();
const openingField = new OpeningField(form);
const score = new Score(byId("score"));
const editor = new Editor(byId("abc"), byId("problems"), byId("problems-title"));
const sound = new SoundSettings(tune);
const synth = new Synth();
const player = new Player({
  synth,
  button: byId("play"),
  wave: byId("wave"),
  now: byId("now"),
  total: byId("total"),
  barAt: (time) => {
    const bar = score.mark(time);
    return bar === null ? "" : score.barName(bar);
  },
});
const kept = new KeptScores({ tuneHistory, library });
const answers = new Answers({ tune, score, editor, player, sound, kept });
const desk = new Desk({ tune, score, editor, player, sound, answers, tuneHistory, library });
const composing = new Composing({ tune, desk, answers, score, editor, player });
const links = new Links({ tune, desk, sound, composing, tuneHistory, library });
const shelf = new Shelf({ library, desk, tune, tuneHistory });
const files = new Files({ tune, sound });
new Paper({ tune });
const pitch = new Pitch({ tune, desk });
const practice = new Practice({ player, score, sound });
const preview = new Preview({ synth, player, sound });
const compare = new Compare({ library, desk, tune, tuneHistory, preview });
const offers = { form, openingField, preview, compare };
const candidates = new Candidates({ library, desk, tune, tuneHistory, ...offers });
const rework = new Rework({ tune, score, player, form, composing });
const sheet = new Sheet({ tune, desk, editor, form, player, score, answers });
startPasting(new Opening({ desk, composing, library, tuneHistory }));
const noteEditing = new NoteEditing({ tune, desk, score, player });
follow({ score, player, editor });
startRanges(score, byId("score"));

let model = null; // what /v1/model says

// --- What is shown of the tune

function showButtons() {
  showControls(tune, tuneHistory);
}

function showAll() {
  editor.isLocked = tune.isGrowing;
  showButtons();
  showHeading(tune, { isCompared: model?.originality ?? true });
  sound.showTempo();
  sound.showManner();
}

tune.addEventListener("change", showAll);
tuneHistory.addEventListener("moved", showButtons);
sound.addEventListener("change", () => {
  player.program = sound.program;
  player.rate = sound.factor;
});
score.addEventListener("selection", () => showSelection(score));
const askForWidth = debounce(() => answers.askScoreForWidth(), RESIZE_PAUSE);
new ResizeObserver(askForWidth).observe(byId("paper"));

// --- What is pressed

const onPress = (id, action) => byId(id).addEventListener("click", action);

byId("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  if (tune.isGrowing) composing.stop();
  else if (openingField.isUsable) {
    const how = { made: "new", status: "composing", isNew: true };
    composing.compose("v1/tunes", form.request, how);
  }
});

onPress("undo", () => desk.undo());
onPress("redo", () => desk.redo());
onPress("unselect", () => score.select(null));
onPress("dismiss", hideError);
onPress("to-library", () => byId("library").focus());
onPress("share", () => links.share());
onPress("copy", async () => {
  showStatus(t((await copyText(tune.text)) ? "copied" : "copy-failed"));
});

// --- The beginning

async function begin() {
  const opened = library.open();
  try {
    [synth.instruments, model] = await Promise.all(
      ["v1/instruments", "v1/model"].map((path) => jsonOrKept(path, { onWait: showWaiting })),
    );
  } catch (error) {
    showError(error, begin);
    return;
  }
  kept.version = model.version;
  form.offer(model);
  rework.offer(model);
  sound.offer(model.instruments, synth.instruments.programs);
  files.offer(model.formats);
  shelf.offer(model.formats);
  pitch.offer(model.players);
  byId("model-name").textContent = `${model.name} ${model.version ?? ""}`.trim();
  await opened;
  candidates.offer(model);
  if (!(await links.open())) await desk.restore();
  keepPage();
}

startTheme();
keepOffDock();
startKeys();
startSpace(() => preview.stop() || (tune.text && player.toggle()));
keepAwake(player);
startVolume(synth);
startLanguage({
  relabel: () => {
    form.relabel();
    openingField.relabel();
    sound.relabel();
    desk.relabel();
    pitch.relabel();
    practice.relabel();
    sheet.relabel();
    noteEditing.relabel();
    listKeys();
    shelf.relabel();
    candidates.relabel();
    showSelection(score);
    rework.relabel();
    showAll();
  },
});
watchConnection({
  onBack: () => {
    const missed = takeMissed();
    if (model) {
      desk.refresh();
      tellOfNewer(model);
    }
    for (const again of missed) again();
  },
});
begin();
