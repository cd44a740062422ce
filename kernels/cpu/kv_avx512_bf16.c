/* Writes keys and values into the bfloat16 tiles that attention reads. */
#include "dlora.h"
#include "vectors.h"

/* Pairs of elements of a key, a cache line apart. */
static void write_key(char *tile, int32_t slot, const float *key, int32_t head_dim) {
  int32_t pairs = head_dim / 2;
  for (int32_t d = 0; d < head_dim; d += LANES) {
    uint32_t rounded[LANES / 2] __attribute__((aligned(32)));
    __m512 values = _mm512_maskz_loadu_ps(first_lanes(head_dim - d), key + d);
    _mm256_store_si256((__m256i *)rounded, (__m256i)_mm512_cvtneps_pbh(values));
    int32_t whole = pairs - d / 2 < LANES / 2 ? pairs - d / 2 : LANES / 2;
    for (int32_t i = 0; i < whole; i++) {
      *(uint32_t *)(tile + 64 * (int64_t)(d / 2 + i) + 4 * slot) = rounded[i];
    }
    if (whole < LANES / 2 && head_dim % 2) {
      *(uint16_t *)(tile + 64 * (int64_t)pairs + 2 * slot) = (uint16_t)rounded[whole];
    }
  }
}

/* Every second element of a row of pairs. */
static void write_value(char *row, int32_t odd, const float *value, int32_t head_dim) {
  __mmask32 halves = odd ? 0xaaaaaaaa : 0x55555555;
  for (int32_t d = 0; d < head_dim; d += LANES) {
    __mmask16 mask = first_lanes(head_dim - d);
    __m256i rounded = (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, value + d));
    __m512i wide = _mm512_cvtepu16_epi32(rounded);
    wide = _mm512_or_si512(wide, _mm512_slli_epi32(wide, 16));
    __mmask32 there = _mm512_movepi16_mask(_mm512_movm_epi32(mask));
    _mm512_mask_storeu_epi16(row + 4 * d, there & halves, wide);
  }
}

/* Where the pair of values lies in a tile that a slot is in. */
INLINE char *pair_of_values(char *tile, int32_t slot, int32_t head_dim) {
  return tile + (32 + slot / 2 * 4) * (int64_t)head_dim;
}

/* How many rows ahead lines are loaded, into the second-level cache: more of them at a time than stores wait for. */
#define AHEAD 2

/* Has the lines loaded that a row will write: those of its keys, and of its pair of values. */
INLINE void load_tiles(char *k, int32_t slot, int32_t kv_heads, int32_t head_dim) {
  for (int32_t head = 0; head < kv_heads; head++, k += 64 * (int64_t)head_dim) {
    const char *v = pair_of_values(k, slot, head_dim);
    for (int32_t d = 0; d < head_dim; d += 2) {
      _mm_prefetch(k + 32 * (int64_t)d, _MM_HINT_T1);
    }
    for (int32_t d = 0; d < head_dim; d += LANES) {
      _mm_prefetch(v + 4 * d, _MM_HINT_T1);
    }
  }
}

void dlora_write_kv(char *kv, int64_t block_bytes, const int32_t *slots, const char *x, int64_t x_stride, int32_t
                    rows, int32_t kv_heads, int32_t head_dim) {
  for (int32_t row = 0; row < rows; row++) {
    const float *keys = (const float *)(x + row * x_stride);
    const float *values = keys + (int64_t)kv_heads * head_dim;
    int32_t slot = slots[row] % 16;
    const int32_t ahead = row + AHEAD;
    if (ahead < rows && slots[ahead] / 16 != slots[ahead - 1] / 16) {
      load_tiles(kv + slots[ahead] / 16 * block_bytes, slots[ahead] % 16, kv_heads, head_dim);
    }
    char *k = kv + slots[row] / 16 * block_bytes;
    for (int32_t head = 0; head < kv_heads; head++, keys += head_dim, values += head_dim, k += 64 * (int64_t)head_dim) {
      write_key(k, slot, keys, head_dim);
      write_value(pair_of_values(k, slot, head_dim), slot % 2, values, head_dim);
    }
  }
}
