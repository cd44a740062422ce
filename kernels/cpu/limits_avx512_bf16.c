/* As limits_avx512.c, of bf16 dot products. */
#include "dlora.h"
#include "vectors.h"

/* Enough chains to hide the latency; the operands stay in registers. */
#define CHAINS 24

int64_t dlora_dot_flops(void) { return CHAINS * LANES * 2 * 2; }

float dlora_dot_loop(int64_t times) {
  __m512 sums[CHAINS];
  __m512bh ones = (__m512bh)_mm512_set1_epi16(0x3f80);
#pragma GCC unroll 24
  for (int i = 0; i < CHAINS; i++) {
    sums[i] = _mm512_setzero_ps();
    __asm__("" : "+v"(sums[i])); /* so that the compiler takes the chains for different ones */
  }
  for (int64_t n = 0; n < times; n++) {
#pragma GCC unroll 24
    for (int i = 0; i < CHAINS; i++) {
      sums[i] = _mm512_dpbf16_ps(sums[i], ones, ones);
    }
    __asm__ volatile("" : "+v"(ones));
  }
  __m512 total = sums[0];
#pragma GCC unroll 24
  for (int i = 1; i < CHAINS; i++) {
    total = _mm512_add_ps(total, sums[i]);
  }
  return _mm512_reduce_add_ps(total);
}
