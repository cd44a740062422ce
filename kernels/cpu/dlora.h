/*
 * Kernels for x86-64 with AVX-512 BF16 over the panels of PanelMatrix. Called from Java, where every
 * argument was checked; nothing is allocated, kept or printed here.
 *
 * A bfloat16 panel is [ceil(k/2)][16][2]: 16 outputs, two columns at a time, zeros beyond n and k.
 */
#ifndef DLORA_H
#define DLORA_H

#include <stdint.h>

/* Changes with every change of a signature: a library of another version is not used. */
#define DLORA_ABI 1

#define DLORA_EXPORT __attribute__((visibility("default")))

/* What a product does with the outputs it finds. */
enum dlora_store {
  DLORA_SET = 0, /* y = product (+ bias) */
  DLORA_ADD = 1  /* y += scale * product */
};

DLORA_EXPORT int32_t dlora_abi(void);

/* Whether this processor and its operating system have what the kernels need. */
DLORA_EXPORT int32_t dlora_supported(void);

/*
 * Outputs of the panels from .. to for all rows: the products of x, rounded to bfloat16, with W, k
 * ascending in pairs through one chain of bf16 dot products (VDPBF16PS) for each output, whatever
 * the number of rows.
 *
 *   w       the first panel of W, panel_bytes apart
 *   n       outputs of W; those of the last panel beyond n are not stored
 *   k       columns of W, at most DLORA_LINEAR_COLUMNS
 *   x, y    float32 rows, the first one at the offset, strides in bytes; y at output 0
 *   bias    [n] or NULL, only with DLORA_SET
 */
DLORA_EXPORT void dlora_linear(const void *w, int64_t panel_bytes, int32_t from, int32_t to, int32_t n,
                               int32_t k, const void *x, int64_t x_offset, int64_t x_stride, void *y,
                               int64_t y_offset, int64_t y_stride, int32_t rows, const float *bias,
                               int32_t store, float scale);

#define DLORA_LINEAR_COLUMNS 65536

/* Floating-point operations of dlora_dot_loop(1). */
DLORA_EXPORT int64_t dlora_dot_flops(void);

/* bf16 dot products from registers alone, to measure what the processor can do. */
DLORA_EXPORT float dlora_dot_loop(int64_t times);

#endif
