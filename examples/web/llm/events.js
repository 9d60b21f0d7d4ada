// Reads an event stream from the body of a response: the standard's algorithm, for UTF-8 text.

// Yields `{ type, data, id }` for each event, and calls `onRetry` with each reconnection time.
export async function* events(body, onRetry) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let [rest, type, data, id] = ['', '', [], ''];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      // An event without its blank line is not complete.
      if (done) return;
      // A CR at the end may be the first half of a line end.
      const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      for (const line of lines) {
        if (line === '') {
          if (data.length > 0) yield { type: type || 'message', data: data.join('\n'), id };
          [type, data] = ['', []];
          continue;
        }
        const [, name, text] = line.match(/^([^:]*):? ?(.*)$/s);
        if (name === 'data') data.push(text);
        else if (name === 'event') type = text;
        else if (name === 'id' && !text.includes('\0')) id = text;
        else if (name === 'retry' && /^\d+$/.test(text)) onRetry(Number(text));
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
