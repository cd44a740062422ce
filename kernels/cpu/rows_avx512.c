/* The operations that compute each row by itself; bound by the memory of the rows. */
#include "dlora.h"
#include "silu.h"
#include "vectors.h"

#include <math.h>

INLINE const float *row_of(const char *rows, int64_t stride, int32_t row) {
  return (const float *)(rows + row * stride);
}

INLINE float *row_in(char *rows, int64_t stride, int32_t row) { return (float *)(rows + row * stride); }

/* y = x * factor * weight for the sums of the squares of x in 16 lanes. */
INLINE void norm(const float *x, __m512 squares, const float *weight, float eps, float *y, int32_t n) {
  __m512 factor = _mm512_set1_ps(1 / sqrtf(total_ps(squares) / (float)n + eps));
  int32_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    __m512 normed = _mm512_mul_ps(_mm512_loadu_ps(x + i), factor);
    _mm512_storeu_ps(y + i, _mm512_mul_ps(normed, _mm512_loadu_ps(weight + i)));
  }
  if (i < n) {
    __mmask16 mask = first_lanes(n - i);
    __m512 normed = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, x + i), factor);
    _mm512_mask_storeu_ps(y + i, mask, _mm512_mul_ps(normed, _mm512_maskz_loadu_ps(mask, weight + i)));
  }
}

INLINE void rms_norm(const float *x, const float *weight, float eps, float *y, int32_t n) {
  __m512 squares = _mm512_setzero_ps();
  int32_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    __m512 value = _mm512_loadu_ps(x + i);
    squares = _mm512_fmadd_ps(value, value, squares);
  }
  if (i < n) {
    __m512 value = _mm512_maskz_loadu_ps(first_lanes(n - i), x + i);
    squares = _mm512_fmadd_ps(value, value, squares);
  }
  norm(x, squares, weight, eps, y, n);
}

void dlora_rms_norm(const char *x, int64_t x_stride, const float *weight, float eps, char *y, int64_t y_stride,
                    int32_t rows, int32_t n) {
  for (int32_t row = 0; row < rows; row++) {
    rms_norm(row_of(x, x_stride, row), weight, eps, row_in(y, y_stride, row), n);
  }
}

void dlora_head_norm(char *x, int64_t x_stride, const float *weight, float eps, int32_t rows, int32_t heads, int32_t
                     head_dim) {
  for (int32_t row = 0; row < rows; row++) {
    float *head = row_in(x, x_stride, row);
    for (int32_t i = 0; i < heads; i++, head += head_dim) {
      rms_norm(head, weight, eps, head, head_dim);
    }
  }
}

void dlora_add_rms_norm(const char *x, int64_t x_stride, char *residual, int64_t residual_stride, const float *weight,
                        float eps, char *y, int64_t y_stride, int32_t rows, int32_t n) {
  for (int32_t row = 0; row < rows; row++) {
    const float *add = row_of(x, x_stride, row);
    float *sum = row_in(residual, residual_stride, row);
    __m512 squares = _mm512_setzero_ps();
    for (int32_t i = 0; i < n; i += LANES) {
      __mmask16 mask = first_lanes(n - i);
      __m512 value = _mm512_add_ps(_mm512_maskz_loadu_ps(mask, sum + i), _mm512_maskz_loadu_ps(mask, add + i));
      _mm512_mask_storeu_ps(sum + i, mask, value);
      squares = _mm512_fmadd_ps(value, value, squares);
    }
    norm(sum, squares, weight, eps, row_in(y, y_stride, row), n);
  }
}

INLINE void rotate(float *x, const float *cos, const float *sin, int32_t half) {
  for (int32_t i = 0; i < half; i += LANES) {
    __mmask16 mask = first_lanes(half - i);
    __m512 a = _mm512_maskz_loadu_ps(mask, x + i);
    __m512 b = _mm512_maskz_loadu_ps(mask, x + half + i);
    __m512 c = _mm512_maskz_loadu_ps(mask, cos + i);
    __m512 s = _mm512_maskz_loadu_ps(mask, sin + i);
    _mm512_mask_storeu_ps(x + i, mask, _mm512_sub_ps(_mm512_mul_ps(a, c), _mm512_mul_ps(b, s)));
    _mm512_mask_storeu_ps(x + half + i, mask, _mm512_add_ps(_mm512_mul_ps(b, c), _mm512_mul_ps(a, s)));
  }
}

void dlora_rope(char *x, int64_t x_stride, const float *cos, const float *sin, const int32_t *positions, int32_t rows,
                int32_t heads, int32_t half) {
  for (int32_t row = 0; row < rows; row++) {
    float *head = row_in(x, x_stride, row);
    int64_t angles = (int64_t)positions[row] * half;
    for (int32_t i = 0; i < heads; i++, head += 2 * half) {
      rotate(head, cos + angles, sin + angles, half);
    }
  }
}

void dlora_silu_mul(const char *x, int64_t x_stride, char *y, int64_t y_stride, int32_t rows, int32_t n) {
  for (int32_t row = 0; row < rows; row++) {
    const float *gate = row_of(x, x_stride, row);
    float *out = row_in(y, y_stride, row);
    for (int32_t i = 0; i < n; i += LANES) {
      __mmask16 mask = first_lanes(n - i);
      __m512 g = _mm512_maskz_loadu_ps(mask, gate + i);
      __m512 up = _mm512_maskz_loadu_ps(mask, gate + n + i);
      _mm512_mask_storeu_ps(out + i, mask, silu_mul_ps(g, up));
    }
  }
}
