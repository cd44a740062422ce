/* Functions of 16 float32 lanes that several kernels need. */
#ifndef DLORA_VECTORS_H
#define DLORA_VECTORS_H

#include <immintrin.h>
#include <stdint.h>

#define LANES 16
#define INLINE static inline __attribute__((always_inline))

/* The first `left` lanes, all of them from 16 on. */
INLINE __mmask16 first_lanes(int32_t left) { return left >= LANES ? 0xffff : (1u << left) - 1; }

/*
 * exp, within 2 ulp: the polynomial of Cephes' expf. The same operations as Exp in
 * Java (device.cpu.kernels), so the bits are the same; VSCALEFPS rounds once where Java multiplies by two powers of two, the
 * first of which is exact.
 */
INLINE __m512 exp_ps(__m512 x) {
  const __m512 shift = _mm512_set1_ps(0x1.8p23f);
  /* The second operand of a maximum is its result for NaN. */
  x = _mm512_min_ps(_mm512_set1_ps(89), _mm512_max_ps(_mm512_set1_ps(-105), x));
  __m512 rounded = _mm512_fmadd_ps(x, _mm512_set1_ps(1.442695f), shift);
  __m512 n = _mm512_sub_ps(rounded, shift);
  __m512 r = _mm512_fmadd_ps(n, _mm512_set1_ps(-0.6933594f), x);
  r = _mm512_fmadd_ps(n, _mm512_set1_ps(2.12194440e-4f), r);
  __m512 p = _mm512_fmadd_ps(_mm512_set1_ps(1.9875691e-4f), r, _mm512_set1_ps(1.3981999e-3f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(8.333452e-3f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(4.1665796e-2f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.6666666e-1f));
  p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.5f));
  p = _mm512_add_ps(_mm512_fmadd_ps(p, _mm512_mul_ps(r, r), r), _mm512_set1_ps(1));
  return _mm512_scalef_ps(p, n);
}

/* The sum of all lanes: 8 apart, 4 apart, 2 apart, 1 apart, as PartialSums in Java adds them. */
INLINE float total_ps(__m512 sums) {
  __m256 by8 = _mm256_add_ps(_mm512_castps512_ps256(sums), _mm512_extractf32x8_ps(sums, 1));
  __m128 by4 = _mm_add_ps(_mm256_castps256_ps128(by8), _mm256_extractf128_ps(by8, 1));
  __m128 by2 = _mm_add_ps(by4, _mm_movehl_ps(by4, by4));
  return _mm_cvtss_f32(_mm_add_ss(by2, _mm_movehdup_ps(by2)));
}

#endif
