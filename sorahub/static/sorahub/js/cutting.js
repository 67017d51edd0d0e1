// Which frame of which take stands at which frame of a story: the same whole numbers as reviews/rules/cutting.py.
// A piece is {kind, start, length, moving} and, of a take, {first, count, num, den} counted at the take's own rate.

/** The take's frame at frame `k` of its piece; the last used one is held. */
export function sourceFrame(k, piece, rate) {
  const num = piece.num * rate.den;
  const den = piece.den * rate.num;
  return piece.first + Math.min(Math.floor(((2 * k + 1) * num) / (2 * den)), piece.count - 1);
}

/** The index of the piece in which a frame of the story lies. */
export function pieceAt(frame, pieces) {
  let [low, high] = [0, pieces.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (pieces[middle].start <= frame) low = middle;
    else high = middle - 1;
  }
  return low;
}
