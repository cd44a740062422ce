/* Loads the matrices of low-rank terms ahead of their products. */
#ifndef DLORA_TERM_READER_H
#define DLORA_TERM_READER_H

#include "dlora.h"
#include "vectors.h"

/* How far the lines of the terms are loaded ahead of the products, into the second-level cache. */
#define AHEAD_LINES 192

/*
 * Goes through the matrices of all terms in the order in which the products need them. The adapters of
 * a step lie in pieces of some KB, too short for the processor to see a stream in any of them.
 */
struct reader {
  const struct dlora_term *term;
  const struct dlora_term *end;
  const char *at;
  const char *stop;
  int64_t pairs; /* of a row of A */
  int32_t in_b;
};

static int32_t panels(int32_t outputs) { return (outputs + LANES - 1) / LANES; }

INLINE void enter_a(struct reader *reader) {
  if (reader->term < reader->end) {
    reader->in_b = 0;
    reader->at = reader->term->a;
    reader->stop = reader->at + panels(reader->term->rank) * reader->pairs * 64;
  }
}

INLINE void next_matrix(struct reader *reader) {
  if (!reader->in_b) {
    reader->in_b = 1;
    reader->at = reader->term->b;
    reader->stop = reader->at + panels(reader->term->n) * (int64_t)((reader->term->rank + 1) / 2) * 64;
  } else {
    reader->term++;
    enter_a(reader);
  }
}

INLINE void load_ahead(struct reader *reader, int64_t lines) {
  while (lines > 0 && reader->term < reader->end) {
    const char *at = reader->at;
    int64_t left = (reader->stop - at) >> 6;
    const char *to = at + 64 * (left < lines ? left : lines);
    lines -= left < lines ? left : lines;
    for (; at < to; at += 64) {
      _mm_prefetch(at, _MM_HINT_T1);
    }
    reader->at = at;
    if (at == reader->stop) {
      next_matrix(reader);
    }
  }
}

#endif
