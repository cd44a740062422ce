/*
 * The tile instructions of AMX that the kernels use, by the hardware or, with DLORA_EMULATED_TILES, by
 * AVX-512: the same bits everywhere. A source that includes this is compiled once for each.
 *
 * A tile has up to 16 rows of 64 bytes. Its number must be a constant, 0 to 7.
 */
#ifndef DLORA_TILES_H
#define DLORA_TILES_H

#include "bf16.h"

#include <string.h>

#define TILE_ROWS 16
#define TILE_BYTES 1024

/* The memory form of a configuration: palette 1, the bytes of a row and the rows of each tile. */
struct tile_config {
  uint8_t palette;
  uint8_t start_row;
  uint8_t reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
};

/* All eight tiles 16 rows of 64 bytes. */
INLINE struct tile_config whole_tiles(void) {
  struct tile_config config = {.palette = 1};
  for (int i = 0; i < 8; i++) {
    config.row_bytes[i] = 64;
    config.rows[i] = TILE_ROWS;
  }
  return config;
}

#ifdef DLORA_EMULATED_TILES

#define TILES(function) function##_amx_emulated

static _Thread_local struct {
  struct tile_config config;
  uint8_t data[8][TILE_ROWS][64] __attribute__((aligned(64)));
} tiles;

static inline void tile_configure(const struct tile_config *config) {
  memcpy(&tiles.config, config, sizeof *config);
  memset(tiles.data, 0, sizeof tiles.data);
}

INLINE void tile_release(void) {}

INLINE void tile_zero_emulated(int t) { memset(tiles.data[t], 0, TILE_BYTES); }

/* The rest of a row and the rows beyond the last become zeros. */
INLINE void tile_load_emulated(int t, const void *from, int64_t stride) {
  memset(tiles.data[t], 0, TILE_BYTES);
  for (int row = 0; row < tiles.config.rows[t]; row++) {
    memcpy(tiles.data[t][row], (const char *)from + row * stride, tiles.config.row_bytes[t]);
  }
}

INLINE void tile_store_emulated(int t, void *to, int64_t stride) {
  for (int row = 0; row < tiles.config.rows[t]; row++) {
    memcpy((char *)to + row * stride, tiles.data[t][row], tiles.config.row_bytes[t]);
  }
}

/*
 * c += a b by TDPBF16PS: the even and the odd elements of a row of a are summed apart, each by one
 * chain of fused multiply-adds from zero, then both sums are added, then they and c. Denormal inputs
 * and results are zeros.
 */
static inline void tile_dot_emulated(int c, int a, int b) {
  const unsigned int before = _mm_getcsr();
  const int32_t pairs = tiles.config.row_bytes[a] / 4;
  if (tiles.config.rows[a] != tiles.config.rows[c] || pairs != tiles.config.rows[b] ||
      tiles.config.row_bytes[b] != tiles.config.row_bytes[c]) {
    __builtin_trap(); /* the processor refuses shapes that do not fit */
  }
  const __m512i high = _mm512_set1_epi32((int32_t)0xffff0000);
  _mm_setcsr((before & ~0x6000u) | 0x8040u | 0x1f80u); /* to nearest, flush to zero, denormals are zero, no traps */
  for (int row = 0; row < tiles.config.rows[c]; row++) {
    __m512 even = _mm512_setzero_ps(), odd = _mm512_setzero_ps();
    for (int32_t k = 0; k < pairs; k++) {
      int32_t pair;
      memcpy(&pair, tiles.data[a][row] + 4 * k, 4);
      __m512i x = _mm512_set1_epi32(pair);
      __m512i w = _mm512_load_si512(tiles.data[b][k]);
      even = _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_slli_epi32(x, 16)),
                             _mm512_castsi512_ps(_mm512_slli_epi32(w, 16)), even);
      odd = _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_and_si512(x, high)),
                            _mm512_castsi512_ps(_mm512_and_si512(w, high)), odd);
      /* So that the compiler moves nothing across the change of the rounding. */
      __asm__ volatile("" : "+v"(even), "+v"(odd));
    }
    __m512 sum = _mm512_add_ps(_mm512_load_ps(tiles.data[c][row]), _mm512_add_ps(even, odd));
    __asm__ volatile("" : "+v"(sum));
    uint32_t columns = tiles.config.row_bytes[c] / 4;
    _mm512_store_ps(tiles.data[c][row], _mm512_maskz_mov_ps(first_lanes(columns), sum));
  }
  _mm_setcsr(before);
}

#define tile_zero(t) tile_zero_emulated(t)
#define tile_load(t, from, stride) tile_load_emulated(t, from, stride)
#define tile_store(t, to, stride) tile_store_emulated(t, to, stride)
#define tile_dot(c, a, b) tile_dot_emulated(c, a, b)

#else

#define TILES(function) function##_amx

/* Compilers are not told which memory the instructions use, so nothing may wait in registers. */
#define memory_is_current() __asm__ volatile("" ::: "memory")

INLINE void tile_configure(const struct tile_config *config) {
  memory_is_current();
  _tile_loadconfig(config);
}

INLINE void tile_release(void) { _tile_release(); }

#define tile_zero(t) _tile_zero(t)
#define tile_load(t, from, stride)  \
  do {                              \
    memory_is_current();            \
    _tile_loadd(t, from, stride);   \
    memory_is_current();            \
  } while (0)
#define tile_store(t, to, stride)   \
  do {                              \
    memory_is_current();            \
    _tile_stored(t, to, stride);    \
    memory_is_current();            \
  } while (0)
#define tile_dot(c, a, b) _tile_dpbf16ps(c, a, b)

#endif

#endif
