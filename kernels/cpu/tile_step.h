/* A step of a product by tiles: up to two panels of weights meet up to two tiles of rows. */
#ifndef DLORA_TILE_STEP_H
#define DLORA_TILE_STEP_H

#include "tiles.h"

/*
 * Tiles: 0 and 1 are the sums of the first tile of rows with each panel, 2 and 3 those of the second, 4
 * and 5 the rows, 6 and 7 the weights. P panels and R tiles of rows are constants, 1 or 2.
 */
#define ZERO_SUMS(P, R)                 \
  do {                                  \
    tile_zero(0);                       \
    if (P == 2) tile_zero(1);           \
    if (R == 2) tile_zero(2);           \
    if (P == 2 && R == 2) tile_zero(3); \
  } while (0)

#define TILE_STEP(P, R, weights0, weights1, rows0, rows1) \
  do {                                                    \
    tile_load(6, weights0, 64);                           \
    tile_load(4, rows0, 64);                              \
    tile_dot(0, 4, 6);                                    \
    if (P == 2) tile_load(7, weights1, 64);               \
    if (P == 2) tile_dot(1, 4, 7);                        \
    if (R == 2) tile_load(5, rows1, 64);                  \
    if (R == 2) tile_dot(2, 5, 6);                        \
    if (P == 2 && R == 2) tile_dot(3, 5, 7);              \
  } while (0)

/* Loads lines ahead into the second-level cache. */
INLINE void load_lines(const char *from, int32_t lines) {
  for (int32_t i = 0; i < lines; i++) {
    _mm_prefetch(from + 64 * i, _MM_HINT_T1);
  }
}

/* Makes a tile of the `left` pairs of columns at the end of a panel, and zeros behind them. */
static inline void copy_last_pairs(const char *pairs, int32_t left, char *tile) {
  memset(tile, 0, TILE_BYTES);
  memcpy(tile, pairs, 64 * (size_t)left);
}

#endif
