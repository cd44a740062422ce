/* Rows of float32 as tiles of bfloat16: 16 rows by 32 columns, those of a row block one behind another. */
#ifndef DLORA_ROWS_IN_TILES_H
#define DLORA_ROWS_IN_TILES_H

#include "tiles.h"

/* Elements of a tile. */
#define TILE_ELEMENTS 512

/* Tiles along k. */
INLINE int32_t tiles_along(int32_t k) { return (k + 31) / 32; }

/*
 * Rounds up to 16 rows into tiles_along(k) tiles, as round_row does. Columns beyond k become zeros, rows
 * beyond the last keep what they had.
 */
static inline void round_tiles(const char *x, int64_t x_stride, int32_t rows, int32_t k, uint16_t *tiles) {
  for (int32_t r = 0; r < rows; r++) {
    const float *row = (const float *)(x + r * x_stride);
    uint16_t *out = tiles + 32 * r;
    int32_t i = 0;
    for (; i + 32 <= k; i += 32, out += TILE_ELEMENTS) {
      __m512bh pairs = _mm512_cvtne2ps_pbh(_mm512_loadu_ps(row + i + 16), _mm512_loadu_ps(row + i));
      _mm512_store_si512(out, (__m512i)pairs);
    }
    if (i < k) {
      __mmask16 low = first_lanes(k - i);
      __mmask16 high = k - i > 16 ? first_lanes(k - i - 16) : 0;
      __m512bh pairs = _mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(high, row + i + 16), _mm512_maskz_loadu_ps(low, row + i));
      _mm512_store_si512(out, (__m512i)pairs);
    }
  }
}

#endif
