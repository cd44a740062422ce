/* Loops that meet one limit of the machine and nothing else. */
#include "dlora.h"
#include "vectors.h"

#define AHEAD_BYTES 1024 /* as products load ahead */

int32_t dlora_read_loop(const char *memory, int64_t runs) {
  const int64_t panel = DLORA_READ_BYTES / 4;
  __m512i sums[4] = {0};
  for (int64_t run = 0; run < runs; run++, memory += DLORA_READ_BYTES) {
    for (int64_t i = 0; i < panel; i += 64) {
#pragma GCC unroll 4
      for (int p = 0; p < 4; p++) {
        sums[p] = _mm512_add_epi32(sums[p], _mm512_load_si512(memory + p * panel + i));
        _mm_prefetch(memory + p * panel + i + (i < panel - AHEAD_BYTES ? AHEAD_BYTES : AHEAD_BYTES + 3 * panel),
                     _MM_HINT_T1);
      }
    }
  }
  __m512i sum = _mm512_add_epi32(_mm512_add_epi32(sums[0], sums[1]), _mm512_add_epi32(sums[2], sums[3]));
  return _mm512_reduce_add_epi32(sum);
}
