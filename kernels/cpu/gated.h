/*
 * The product of a gated activation: gate and up of some panels meet in the caches, and only their
 * result goes to memory. A source that includes this has struct job and product().
 */
#ifndef DLORA_GATED_H
#define DLORA_GATED_H

#include "outputs.h"
#include "silu.h"

/* Gates and ups at hand: 256 KB. */
#define GATED_ELEMENTS (64 << 10)

/* Panels of a gate at a time, where there are many rows. */
#define GATED_PANELS 4

/* Rows at a time. */
#define GATED_ROWS (GATED_ELEMENTS / (2 * LANES * GATED_PANELS))

/* Rows up to which the weights should come from memory in long runs. */
#define GATED_FEW_ROWS 16

/*
 * Outputs of the panels from .. to for all rows of a job. `then`: weights that will be wanted next, NULL
 * for those behind.
 */
static void product(const struct job *job, int32_t from, int32_t to, const char *then);

static _Thread_local float gated_sums[GATED_ELEMENTS] __attribute__((aligned(64)));

/* y = silu(gate) * up for rows of gates, with their ups `apart` elements behind. */
static void activate(const float *sums, int64_t stride, int32_t apart, char *y, int64_t y_stride, int32_t rows) {
  for (int32_t row = 0; row < rows; row++, sums += stride) {
    float *out = (float *)(y + row * y_stride);
    for (int32_t i = 0; i < apart; i += LANES) {
      _mm512_storeu_ps(out + i, silu_mul_ps(_mm512_load_ps(sums + i), _mm512_load_ps(sums + apart + i)));
    }
  }
}

/* At most GATED_ROWS rows; `job` has the outputs of the activation, half of the matrix's n. */
static void gate(const struct job *job, int32_t rows, int32_t from, int32_t to) {
  const int32_t half = job->to.n / LANES;
  const int32_t fit = GATED_ELEMENTS / (2 * LANES * GATED_FEW_ROWS);
  const int32_t most = rows <= GATED_FEW_ROWS ? fit : GATED_PANELS;
  struct job gates = *job, ups = *job;
  gates.to.n = ups.to.n = 2 * job->to.n;
  for (int32_t panel = from; panel < to; panel += most) {
    const int32_t end = panel + most < to ? panel + most : to;
    const int32_t width = LANES * (end - panel);
    gates.to.y_stride = ups.to.y_stride = 8 * (int64_t)width;
    gates.to.y = (char *)gated_sums - 4 * LANES * (int64_t)panel;
    ups.to.y = (char *)(gated_sums + width) - 4 * LANES * (int64_t)(panel + half);
    product(&gates, panel, end, job->w + (panel + half) * job->panel_bytes);
    product(&ups, panel + half, end + half, job->w + end * job->panel_bytes);
    activate(gated_sums, 2 * width, width, job->to.y + 4 * LANES * (int64_t)panel, job->to.y_stride, rows);
  }
}

#endif
